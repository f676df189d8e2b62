/** Events as EMQX tells them, made in bulk: clients of three nodes connect, and some time later their connections end. */

/** Numbers that look random and are the same in every run: splitmix32 of the place in the row. */
function random(n: number): (below: number) => number {
  let state = Math.imul(n + 1, 0x9e3779b9)
  return (below) => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return ((mixed ^ (mixed >>> 16)) >>> 0) % below
  }
}

/** Message `n`; about a millisecond after the one before it. No two of a batch share a client, as in a large fleet. */
export function emqxMessage(n: number, nowMs: number): { topic: string; payload: string } {
  const below = random(n)
  const ended = below(2) === 1
  const clientId = `device-${String(below(1_000_000)).padStart(6, '0')}`
  const node = `emqx@10.0.0.${below(3) + 1}`
  const atMs = nowMs + n + below(5)
  const common = {
    username: 'fleet',
    ts: atMs,
    sockport: 1883,
    proto_ver: 5,
    proto_name: 'MQTT',
    ipaddress: `10.1.${below(200)}.${below(250)}`,
    clientid: clientId,
    connected_at: ended ? atMs - below(86_400_000) : atMs,
  }
  const payload = ended
    ? { ...common, reason: reasons[below(reasons.length)] ?? 'normal', disconnected_at: atMs }
    : { ...common, keepalive: 60, clean_start: true, receive_maximum: 32, expiry_interval: 0 }
  const topic = `$SYS/brokers/${node}/clients/${clientId}/${ended ? 'disconnected' : 'connected'}`
  return { topic, payload: JSON.stringify(payload) }
}

const reasons = ['normal', 'tcp_closed', 'tcp_closed', 'keepalive_timeout', 'takenover']
