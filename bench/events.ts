/** Events as EMQX tells them, made in bulk: topics and payloads of many clients on three nodes. */
export function emqxMessage(n: number, nowMs: number): { topic: string; payload: string } {
  const clientId = `device-${String(n % 5000).padStart(5, '0')}`
  const node = `emqx@10.0.0.${(n % 3) + 1}`
  const common = {
    username: 'fleet',
    ts: nowMs + n,
    sockport: 1883,
    proto_ver: 5,
    proto_name: 'MQTT',
    ipaddress: `10.1.${n % 200}.${n % 250}`,
    clientid: clientId,
    connected_at: nowMs + n - 60_000,
  }
  const ended = n % 2 === 1
  const payload = ended
    ? { ...common, reason: n % 4 === 1 ? 'keepalive_timeout' : 'tcp_closed', disconnected_at: nowMs + n }
    : { ...common, connected_at: nowMs + n, keepalive: 60, clean_start: true, expiry_interval: 0 }
  const topic = `$SYS/brokers/${node}/clients/${clientId}/${ended ? 'disconnected' : 'connected'}`
  return { topic, payload: JSON.stringify(payload) }
}
