/** Which fields the messages of each broker product have, and how it words the end of a connection. */
import type { Cause } from '../../../domain/cause.ts'
import type { EventDraft } from '../../../domain/event.ts'

export type Product = 'mosquitto' | 'mosquitto-2.1' | 'emqx' | 'rabbitmq' | 'aws-iot' | 'aedes' | 'hivemq'

type Draft = Partial<EventDraft> & Pick<EventDraft, 'atMs' | 'type'>
interface Telling {
  /** Of all that could be told, what this product tells. */
  readonly fields: (draft: Draft) => Draft
  readonly end: (why: Cause) => { readonly cause: Cause; readonly reason?: string }
}

const wholeSecond = (atMs: number) => Math.floor(atMs / 1000) * 1000
const withoutPort = (peer: string | undefined) =>
  peer === undefined ? {} : { peer: peer.slice(0, peer.lastIndexOf(':')) }
const unexplained = () => ({ cause: 'unknown' as const })
const worded = (words: Partial<Record<Cause, string>>) => (why: Cause) => {
  const reason = words[why]
  return reason === undefined ? { cause: why } : { cause: why, reason }
}

const untilMosquitto21 = worded({
  client_requested: 'disconnected.',
  network_eof: 'closed its connection.',
  keepalive_timeout: 'has exceeded timeout, disconnecting.',
  session_taken_over: 'already connected, closing old connection.',
  protocol_error: 'disconnected due to malformed packet.',
  packet_too_large: 'disconnected due to oversize packet.',
  quota_exceeded: 'disconnected due to exceeding the receive maximum.',
  kicked: 'been disconnected by administrative action.',
  server_shutdown: 'mosquitto version 2.0.11 terminating',
})

export const tellings: Readonly<Record<Product, Telling>> = {
  mosquitto: {
    fields: ({ sessionKey: _key, connectedAtMs: _began, peer, protocol, ...told }) => ({
      ...told,
      ...(told.type !== 'connected' || peer === undefined
        ? {}
        : { peer, ...(protocol === undefined ? {} : { protocol }) }),
      atMs: wholeSecond(told.atMs),
    }),
    // A reset it words as a close.
    end: (why) => untilMosquitto21(why === 'network_reset' ? 'network_eof' : why),
  },
  'mosquitto-2.1': {
    fields: ({ sessionKey: _key, connectedAtMs: _began, ...told }) => ({ ...told, atMs: wholeSecond(told.atMs) }),
    end: worded({
      client_requested: 'disconnected.',
      network_eof: 'connection closed by client.',
      keepalive_timeout: 'exceeded timeout.',
      session_taken_over: 'session taken over.',
      quota_exceeded: 'receive maximum exceeded.',
      kicked: 'administrative action.',
    }),
  },
  emqx: {
    fields: ({ sessionKey: _key, peer, ...told }) => ({ ...told, ...withoutPort(peer) }),
    end: worded({
      client_requested: 'normal',
      network_eof: 'tcp_closed',
      network_reset: 'econnreset',
      keepalive_timeout: 'keepalive_timeout',
      session_taken_over: 'discarded',
      kicked: 'kicked',
      protocol_error: 'frame_error',
      packet_too_large: 'frame_too_large',
      quota_exceeded: 'receive_maximum_exceeded',
      not_authorized: 'not_authorized',
    }),
  },
  rabbitmq: {
    fields: ({ keepaliveSeconds: _keepalive, cleanStart: _clean, ...told }) =>
      told.type === 'disconnected' ? withoutUser(told) : told,
    end: unexplained,
  },
  'aws-iot': {
    fields: ({
      keepaliveSeconds: _keepalive,
      cleanStart: _clean,
      protocol: _protocol,
      connectedAtMs,
      peer,
      ...told
    }) => ({
      ...told,
      ...withoutPort(peer),
      ...(told.type === 'connected' && connectedAtMs !== undefined ? { connectedAtMs } : {}),
    }),
    end: worded({
      client_requested: 'CLIENT_INITIATED_DISCONNECT',
      network_eof: 'CONNECTION_LOST',
      network_reset: 'CONNECTION_LOST',
      keepalive_timeout: 'MQTT_KEEP_ALIVE_TIMEOUT',
      session_taken_over: 'DUPLICATE_CLIENTID',
      protocol_error: 'CLIENT_ERROR',
      not_authorized: 'AUTH_ERROR',
      quota_exceeded: 'THROTTLED',
      kicked: 'API_INITIATED_DISCONNECT',
      server_redirect: 'SERVER_INITIATED_DISCONNECT',
      lifetime_expired: 'CUSTOMAUTH_TTL_EXPIRATION',
    }),
  },
  aedes: {
    fields: ({ atMs, type, clientId, broker, ordinal, cause, initiator, graceful, origin }) => ({
      atMs,
      type,
      evidence: { clock: 'receipt' },
      ...(ordinal === undefined ? {} : { ordinal }),
      ...(clientId === undefined ? {} : { clientId }),
      ...(broker === undefined ? {} : { broker }),
      ...(cause === undefined ? {} : { cause }),
      ...(initiator === undefined ? {} : { initiator }),
      ...(graceful === undefined ? {} : { graceful }),
      ...(origin === undefined ? {} : { origin }),
    }),
    end: unexplained,
  },
  hivemq: { fields: ({ sessionKey: _key, ...told }) => told, end: (cause) => ({ cause }) },
}

const withoutUser = ({ username: _username, ...told }: Draft): Draft => told
