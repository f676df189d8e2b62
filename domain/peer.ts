/** Where a client came from, as brokers write it: an address, in many of them with a port. */

/** An IPv6 address has eight groups, or fewer around one `::`. */
const groups = 8

/**
 * The address without its port. IPv6 without brackets is ambiguous: its last group is taken for a port only where it
 * cannot be part of the address (five digits, or a ninth group).
 */
export function addressOf(peer: string): string {
  if (peer.startsWith('[')) {
    const end = peer.indexOf(']')
    return end < 0 ? peer : peer.slice(1, end)
  }
  const colon = peer.lastIndexOf(':')
  if (colon < 0) return peer
  const address = peer.slice(0, colon)
  const tail = peer.slice(colon + 1)
  if (!/^\d{1,5}$/.test(tail)) return peer
  const isVersion6 = address.includes(':') && !address.includes('.')
  if (!isVersion6 || tail.length === 5) return address
  return !peer.includes('::') && peer.split(':').length > groups ? address : peer
}
