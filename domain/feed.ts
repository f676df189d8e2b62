/** Settings of one feed: where to connect, as whom, and the MQTT connection options. */
import * as z from 'zod/mini'

export const described = <T extends z.ZodMiniType>(schema: T, description: string): T =>
  schema.check(z.describe(description))

export const count = (minimum: number, maximum: number, description: string) =>
  described(z.number().check(z.int(), z.minimum(minimum), z.maximum(maximum)), description)
export const figure = (minimum: number, maximum: number, description: string) =>
  described(z.number().check(z.minimum(minimum), z.maximum(maximum)), description)

export const BrokerName = described(
  z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_.@:-]{0,127}$/, 'letters, digits and _ . @ : -, at most 128')),
  'Name of one broker (node). EMQX: as in its topics, for example emqx@10.0.0.1',
)

/** MQTT connection options of a feed, under the names MQTT.js gives them. */
export const ConnectionSchema = z.strictObject({
  clientId: z.optional(
    described(
      z.string().check(z.regex(/^[A-Za-z0-9_-]{1,200}$/, 'letters, digits, _ and -, at most 200')),
      'MQTT client id; the slot (-a, -b) is added. Default: keepwatch-<cluster>-<feed>',
    ),
  ),
  protocolVersion: z.optional(
    described(z.union([z.literal(4), z.literal(5)]), 'MQTT protocol level. Default: 5, falling back to 4 (3.1.1)'),
  ),
  keepalive: z._default(count(2, 65_535, 'Seconds of silence after which the feed pings the broker'), 10),
  connectTimeout: z._default(count(1000, 600_000, 'Milliseconds to wait for CONNACK'), 10_000),
  reconnectPeriod: z._default(
    count(100, 600_000, 'Milliseconds: base of the exponential backoff with full jitter'),
    1000,
  ),
  maximumReconnectPeriod: z._default(count(100, 3_600_000, 'Milliseconds: the longest wait between attempts'), 30_000),
  clean: z.optional(
    described(
      z.boolean(),
      'Clean start. false keeps a session at the broker, so that what is sent while the link is down still comes. ' +
        'Default: false over MQTT 5 where the broker keeps such messages, else true',
    ),
  ),
  sessionExpirySeconds: z._default(
    count(0, 604_800, 'How long the broker keeps our session while we are away (MQTT 5), or our queue (AMQP)'),
    600,
  ),
  receiveMaximum: z._default(
    count(10, 65_535, 'MQTT 5 receive maximum: messages the broker may send before we acknowledge (AMQP: prefetch)'),
    4096,
  ),
  resubscribe: z._default(described(z.boolean(), 'Subscribe again although the broker kept the session'), true),
  rejectUnauthorized: z._default(
    described(z.boolean(), 'Verify the broker’s certificate. false is reported at every start'),
    true,
  ),
  servername: z.optional(described(z.string(), 'Host name expected in the certificate, if not that of the URL')),
})

const urlFault =
  'mqtt://, mqtts://, ws://, wss:// (for RabbitMQ amqp:// or amqps://) and a host, without user name or password'

function isBrokerUrl(text: string): boolean {
  // An @ anywhere: a password with a / in it would otherwise pass as a path, and be stored and shown.
  return /^(mqtts?|wss?|amqps?):\/\/[^/?#\s]+(\/[^\s]*)?$/.test(text) && !text.includes('@')
}

const apiFault = 'http:// or https:// and a host, without user name or password'
function isApiUrl(text: string): boolean {
  return /^https?:\/\/[^/?#\s]+(\/[^?#\s]*)?$/.test(text) && !text.includes('@')
}

export const SecretName = z.string().check(z.regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/, 'the name of a secret'))

export const FeedSchema = z.strictObject({
  broker: z.optional(BrokerName),
  url: described(z.string().check(z.refine(isBrokerUrl, urlFault)), `Where to connect: ${urlFault}`),
  username: z.optional(described(z.string(), 'MQTT user name')),
  secret: z.optional(
    described(
      SecretName,
      'Name of the secret in AWS Secrets Manager (on one machine: in the secrets file) with any of username, password, ca, cert, key, passphrase',
    ),
  ),
  api: z.optional(
    described(
      z.strictObject({
        url: described(
          z.string().check(z.refine(isApiUrl, apiFault)),
          `Base of the broker’s REST API: ${apiFault}. EMQX: http://host:18083; RabbitMQ: http://host:15672`,
        ),
        secret: z.optional(
          described(SecretName, 'Name of the secret with username and password (EMQX: API key and secret key)'),
        ),
      }),
      'REST API that lists the connected clients: with it, sessions that ended while nobody watched are closed',
    ),
  ),
  connection: z._default(ConnectionSchema, () => ConnectionSchema.parse({})),
})
export type FeedSettings = Readonly<z.infer<typeof FeedSchema>>
