/** Reads the wire format of Protocol Buffers, field by field, without a schema. */

/** A field of a message. Fixed-size numbers are passed over: nothing here needs them. */
export type Field =
  | { readonly number: number; readonly kind: 'varint'; readonly value: number }
  | { readonly number: number; readonly kind: 'bytes'; readonly bytes: Uint8Array }

/** A key and a number take at most ten bytes each. */
const maxVarintBytes = 10

/**
 * The fields of a message in order, at most `maxFields` of them; undefined where the bytes are no such message. Numbers
 * above 2^53 lose their last digits. Takes time and memory in proportion to the bytes, whatever they say.
 */
export function fieldsOf(message: Uint8Array, maxFields: number): readonly Field[] | undefined {
  const fields: Field[] = []
  let at = 0

  function varint(): number | undefined {
    let value = 0
    for (let index = 0; index < maxVarintBytes; index += 1) {
      const byte = message[at]
      if (byte === undefined) return undefined
      at += 1
      value += (byte & 0x7f) * 2 ** (7 * index)
      if (byte < 0x80) return value
    }
    return undefined
  }

  while (at < message.length && fields.length < maxFields) {
    const key = varint()
    if (key === undefined || key >= 2 ** 32 || key < 8) return undefined
    const number = Math.floor(key / 8)
    const wireType = key % 8
    if (wireType === 0) {
      const value = varint()
      if (value === undefined) return undefined
      fields.push({ number, kind: 'varint', value })
    } else if (wireType === 2) {
      const length = varint()
      if (length === undefined || length > message.length - at) return undefined
      fields.push({ number, kind: 'bytes', bytes: message.subarray(at, at + length) })
      at += length
    } else if (wireType === 1 || wireType === 5) {
      at += wireType === 1 ? 8 : 4
      if (at > message.length) return undefined
    } else return undefined
  }
  return fields
}
