/** What to write into each broker's configuration: exact lines, where one product has such. */
import type { Advice } from './check.ts'
import type { Subject } from './subject.ts'

export interface Remedy {
  /** So that this feed may read what the broker tells. */
  readonly access: Advice
  /** So that the broker tells who comes and goes. */
  readonly events: Advice
  /** So that it keeps more while nobody watches. */
  readonly keeping?: Advice
}

/** The remedies of a feed's broker, for the user that the feed logs in as. */
export function remedyOf({ dialect, feed }: Pick<Subject, 'dialect' | 'feed'>): Remedy {
  // A user name that stands in the secret is not shown.
  const user = feed.username ?? 'keepwatch'
  const access = { text: dialect.accessAdvice }
  return remedies[dialect.name]?.(user) ?? { access, events: access }
}

const remedies: Readonly<Record<string, (user: string) => Remedy>> = {
  mosquitto: (user) => ({
    access: {
      text: 'Nothing comes where an ACL keeps it from this user: mosquitto grants a subscription and then stays silent. In its acl_file:',
      lines: [`user ${user}`, 'topic read $SYS/broker/#'],
    },
    events: {
      text:
        'In mosquitto.conf; then start it again. A "log_dest file" that it cannot open switches the topic off as well, and a ' +
        '"log_dest" line drops the default, stderr.',
      lines: [
        'log_dest topic',
        'log_dest stderr',
        'log_type error',
        'log_type notice',
        'log_type information',
        'connection_messages true',
      ],
    },
    keeping: {
      text: 'What mosquitto.conf should say for a busy broker, so that what waits for the watcher survives a storm and a restart:',
      lines: ['max_queued_messages 100000', 'persistence true', 'autosave_interval 1'],
    },
  }),
  emqx: (user) => ({
    access: {
      text: 'In acl.conf, before the line that begins {deny, all, subscribe, ["$SYS/#"',
      lines: [`{allow, {username, "${user}"}, subscribe, ["$SYS/brokers/#"]}.`],
    },
    events: {
      text: 'In emqx.conf, unless the dashboard sets it (Management, MQTT Settings, System Topic):',
      lines: ['sys_topics.sys_event_messages {', '  client_connected = true', '  client_disconnected = true', '}'],
    },
    keeping: {
      text: 'In emqx.conf, so that more waits for an absent watcher, of QoS 0 as well:',
      lines: ['mqtt.max_mqueue_len = 100000', 'mqtt.mqueue_store_qos0 = true', 'mqtt.session_expiry_interval = 2h'],
    },
  }),
  rabbitmq: (user) => ({
    access: {
      text: 'For the user of this feed, on one node:',
      lines: [
        `rabbitmqctl set_permissions -p / ${user} \\`,
        "  '^keepwatch-' '^keepwatch-' '^(keepwatch-|amq\\.rabbitmq\\.event$)'",
      ],
    },
    events: {
      text: 'On every node of the cluster:',
      lines: ['rabbitmq-plugins enable rabbitmq_event_exchange'],
    },
  }),
  nanomq: (user) => ({
    access: {
      text: 'In nanomq_acl.conf, as the first of its rules:',
      lines: [`{"permit": "allow", "username": "${user}", "action": "subscribe", "topics": ["$SYS/brokers/#"]}`],
    },
    events: {
      text: 'NanoMQ tells of every connection by itself; it prints no event for a client that comes with a session it kept.',
    },
  }),
  aedes: () => ({
    access: {
      text: 'Where the broker is made, $SYS/# must be allowed, as aedes does unless told otherwise:',
      lines: ['broker.authorizeSubscribe = (client, subscription, done) => done(null, subscription)'],
    },
    events: { text: 'aedes tells of every connection by itself. Is this an aedes, and is "dialect" right?' },
  }),
  'aws-iot': () => ({
    access: {
      text: 'Statements for the policy of this feed’s certificate:',
      lines: [
        '{ "Effect": "Allow", "Action": "iot:Connect",',
        '  "Resource": "arn:aws:iot:*:*:client/keepwatch-*" },',
        '{ "Effect": "Allow", "Action": "iot:Subscribe",',
        '  "Resource": "arn:aws:iot:*:*:topicfilter/$aws/events/presence/*" },',
        '{ "Effect": "Allow", "Action": "iot:Receive",',
        '  "Resource": "arn:aws:iot:*:*:topic/$aws/events/presence/*" }',
      ],
    },
    events: { text: 'AWS IoT Core tells of every connection by itself, to those whom the policy allows.' },
  }),
}
