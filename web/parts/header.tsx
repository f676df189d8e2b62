/** Name, navigation, search, span, theme, and whether Keepwatch itself is well. */
import { useState } from 'preact/hooks'
import { useAddress } from '../context.tsx'
import { useShared } from '../current.tsx'
import { keptTheme, showTheme, themes } from '../theme.ts'
import { countText } from '../view/figures.ts'
import { healthWords } from '../view/health.ts'
import { FindClient } from './find-client.tsx'
import { SpanChooser } from './span-chooser.tsx'

export function Header() {
  const { place, href } = useAddress()
  const { open } = useShared()
  const count = open.value?.alerts.length
  const critical = open.value?.alerts.some(({ severity }) => severity === 'critical') === true
  const inFleet = place.page === 'fleet' || place.page === 'broker' || place.page === 'client'
  const inAlerts = place.page === 'alerts' || place.page === 'alert'
  return (
    <header class="header">
      <a class="brand" href={href({ page: 'fleet' })}>
        <img src="/icon.svg" alt="" width="20" height="20" />
        Keepwatch
      </a>
      <nav aria-label="Pages">
        <a
          href={href({ page: 'fleet' })}
          aria-current={inFleet ? (place.page === 'fleet' ? 'page' : 'true') : undefined}
        >
          Fleet
        </a>
        <a
          href={href({ page: 'alerts' })}
          aria-current={inAlerts ? (place.page === 'alerts' ? 'page' : 'true') : undefined}
        >
          Alerts{' '}
          {count !== undefined && count > 0 && (
            <span class={`count ${critical ? 'critical' : 'warning'}`}>
              {open.value?.next === undefined ? count : `${count}+`}
              <span class="visually-hidden"> open</span>
            </span>
          )}
        </a>
      </nav>
      <FindClient />
      <SpanChooser />
      <HealthBadge />
      <ThemeChooser />
      <p class="visually-hidden" role="status">
        {count === undefined ? '' : countText(count, 'open alert')}
      </p>
    </header>
  )
}

function HealthBadge() {
  const { health } = useShared()
  if (health.value === undefined) {
    return <span class="badge">{health.trouble === undefined ? 'asking …' : 'no answer'}</span>
  }
  const { tone, badge } = healthWords(health.value)
  const stale = health.trouble !== undefined
  return (
    <span class={`badge ${stale ? 'warning' : tone}`} title={stale ? health.trouble?.sentence : undefined}>
      {stale ? 'connection lost' : badge}
    </span>
  )
}

function ThemeChooser() {
  const [theme, setTheme] = useState(keptTheme)
  return (
    <label class="theme">
      <span class="visually-hidden">Colours</span>
      <select
        value={theme}
        onChange={({ currentTarget }) => {
          const chosen = themes.find((each) => each === currentTarget.value) ?? 'system'
          showTheme(chosen)
          setTheme(chosen)
        }}
      >
        <option value="system">System</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  )
}
