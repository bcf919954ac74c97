// A checkpoint every so many UTF-16 units; a look-up walks at most that far.
const STRIDE = 512

/**
 * Maps between the UTF-8 byte offsets the server speaks and the UTF-16 indexes of a JavaScript
 * string. Lone surrogates count three bytes, as TextEncoder writes them (U+FFFD).
 */
export class Utf8Map {
  readonly #text: string
  /** Byte offset of index n * STRIDE. */
  readonly #bytes: Float64Array
  /** Length of the text in bytes. */
  readonly byteLength: number

  constructor(text: string) {
    this.#text = text
    this.#bytes = new Float64Array(Math.floor(text.length / STRIDE) + 1)
    let byte = 0
    for (let i = 0; i < text.length; i++) {
      if (i % STRIDE === 0) this.#bytes[i / STRIDE] = byte
      byte += this.#width(i)
    }
    if (text.length % STRIDE === 0) this.#bytes[text.length / STRIDE] = byte
    this.byteLength = byte
  }

  /** Byte offset of a UTF-16 index; within a surrogate pair, of the character's end. */
  toByte(index: number): number {
    const to = Math.max(0, Math.min(index, this.#text.length))
    const checkpoint = Math.floor(to / STRIDE)
    let byte = this.#bytes[checkpoint] ?? 0
    for (let i = checkpoint * STRIDE; i < to; i++) byte += this.#width(i)
    return byte
  }

  /** UTF-16 index of a byte offset; within a character, of its start. */
  toIndex(byte: number): number {
    if (byte >= this.byteLength) return this.#text.length
    let low = 0
    let high = this.#bytes.length - 1
    while (low < high) {
      const mid = (low + high + 1) >> 1
      if ((this.#bytes[mid] ?? 0) <= byte) low = mid
      else high = mid - 1
    }
    let at = this.#bytes[low] ?? 0
    let i = low * STRIDE
    while (i < this.#text.length) {
      const width = this.#width(i)
      if (at + width > byte) break
      at += width
      i++
    }
    // A checkpoint may stand between the halves of a pair.
    return i > 0 && isLow(this.#text.charCodeAt(i)) && isHigh(this.#text.charCodeAt(i - 1)) ? i - 1 : i
  }

  // A pair's four bytes all count at its first half.
  #width(i: number): number {
    const c = this.#text.charCodeAt(i)
    if (c < 0x80) return 1
    if (c < 0x800) return 2
    if (isHigh(c) && isLow(this.#text.charCodeAt(i + 1))) return 4
    if (isLow(c) && i > 0 && isHigh(this.#text.charCodeAt(i - 1))) return 0
    return 3
  }
}

export function isHigh(c: number): boolean {
  return c >= 0xd800 && c <= 0xdbff
}

export function isLow(c: number): boolean {
  return c >= 0xdc00 && c <= 0xdfff
}
