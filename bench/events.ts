/** Events as EMQX tells them, made in bulk: each client of three nodes connects, and an hour later its connection ends. */
export function emqxMessage(n: number, nowMs: number): { topic: string; payload: string } {
  const connection = n >> 1
  const ended = n % 2 === 1
  // What is told at one time belongs to many connections: a fleet's events are not in pairs.
  const clientId = `device-${String((connection * 7919) % 100_000).padStart(5, '0')}`
  const node = `emqx@10.0.0.${(connection % 3) + 1}`
  const atMs = nowMs + n * 3
  const common = {
    username: 'fleet',
    ts: atMs,
    sockport: 1883,
    proto_ver: 5,
    proto_name: 'MQTT',
    ipaddress: `10.1.${connection % 200}.${connection % 250}`,
    clientid: clientId,
    connected_at: ended ? atMs - 3_600_000 - (connection % 1000) : atMs,
  }
  const payload = ended
    ? { ...common, reason: connection % 2 === 0 ? 'keepalive_timeout' : 'tcp_closed', disconnected_at: atMs }
    : { ...common, keepalive: 60, clean_start: true, receive_maximum: 32, expiry_interval: 0 }
  const topic = `$SYS/brokers/${node}/clients/${clientId}/${ended ? 'disconnected' : 'connected'}`
  return { topic, payload: JSON.stringify(payload) }
}
