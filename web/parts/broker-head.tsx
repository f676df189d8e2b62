/** A broker as it is now: is it watched, its clients against its fair share, rates, what it tells of itself. */
import type { Broker } from '../../api/brokers.ts'
import { gaugesOf } from '../view/broker.ts'
import { figureText } from '../view/figures.ts'
import { ShareBar } from './share-bar.tsx'
import { Shown } from './shown.tsx'
import { Time } from './time.tsx'

const tones = { watched: 'good', blind: 'critical', unknown: '' } as const

export function BrokerStatus({ of: { status, lastSeen } }: { of: Broker }) {
  return (
    <p class="standing">
      <span class={`status ${tones[status]}`}>{status}</span>
      <span class="quiet">
        {lastSeen === undefined ? (
          'nothing has been heard of it'
        ) : (
          <>
            last seen <Time at={lastSeen} />
          </>
        )}
      </span>
    </p>
  )
}

export function BrokerHead({ of: broker }: { of: Broker }) {
  const { connected, share, expectedShare, perMinute, problem, minute } = broker
  const rates: readonly (readonly [string, number | undefined])[] = [
    ['Connects', perMinute?.connects],
    ['Disconnects', perMinute?.disconnects],
    ['Abnormal', perMinute?.abnormal],
    ['Refused', perMinute?.refused],
  ]
  return (
    <>
      {problem !== undefined && (
        <p class="notice">
          <Shown text={problem} most={400} />
        </p>
      )}
      <dl class="figures">
        <div>
          <dt>Connected</dt>
          <dd>
            <b class="number">{figureText(connected)}</b> <span class="quiet">clients</span>
          </dd>
        </div>
        <div class="figure-share">
          <dt>Share, and fair share</dt>
          <dd>
            <ShareBar share={share} fair={expectedShare} most={Math.max(share ?? 0, expectedShare ?? 0) * 1.1} />
          </dd>
        </div>
        {rates.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <b class="number">{figureText(value)}</b> <span class="quiet">per minute</span>
            </dd>
          </div>
        ))}
        {gaugesOf(broker).map(([title, text]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>
              <b class="number">{text}</b>
            </dd>
          </div>
        ))}
      </dl>
      <p class="quiet">
        {minute === undefined ? (
          'There are no figures of now: no current minute of it was judged.'
        ) : (
          <>
            Figures of the minute of <Time at={minute} show="clock" />.
          </>
        )}
      </p>
    </>
  )
}
