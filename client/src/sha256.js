/**
 * SHA-256 (FIPS 180-4). The browser's own is missing on pages that are not secure, such as those of a server in a home network, and
 * a guest there has an id as well.
 */

/** The first `count` primes. @param {number} count */
function primes(count) {
  /** @type {number[]} */
  const found = [];
  for (let number = 2; found.length < count; number += 1) {
    if (found.every((prime) => number % prime !== 0)) found.push(number);
  }
  return found;
}

/** The first 32 bits of the fraction of a number. @param {number} number */
const fractionOf = (number) => Math.floor((number % 1) * 2 ** 32) | 0;

const ROUNDS = 64;
const CONSTANTS = Int32Array.from(primes(ROUNDS), (prime) => fractionOf(Math.cbrt(prime)));
const START = Int32Array.from(primes(8), (prime) => fractionOf(Math.sqrt(prime)));

/**
 * @param {number} word
 * @param {number} count of bits
 */
const rotated = (word, count) => (word >>> count) | (word << (32 - count));

/**
 * @param {Uint8Array} message
 * @returns {Uint8Array} 32 bytes
 */
export function sha256(message) {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  const words = new DataView(padded.buffer);
  words.setBigUint64(padded.length - 8, BigInt(message.length) * 8n);
  const state = START.slice();
  for (let offset = 0; offset < padded.length; offset += 64) absorb(state, words, offset);
  const hash = new DataView(new ArrayBuffer(32));
  state.forEach((word, index) => hash.setInt32(4 * index, word));
  return new Uint8Array(hash.buffer);
}

/**
 * @param {Int32Array} state
 * @param {DataView} words
 * @param {number} offset of the block, in bytes
 */
function absorb(state, words, offset) {
  const schedule = new Int32Array(ROUNDS);
  const at = (/** @type {number} */ index) => Number(schedule[index]);
  for (let round = 0; round < ROUNDS; round += 1) {
    schedule[round] = round < 16 ? words.getInt32(offset + 4 * round) : at(round - 16) + small(at(round - 15), 7, 18, 3) + at(round - 7) + small(at(round - 2), 17, 19, 10);
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let round = 0; round < ROUNDS; round += 1) {
    const first = h + big(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + Number(CONSTANTS[round]) + at(round);
    const second = big(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => (state[index] = Number(state[index]) + word));
}

/** @param {number} word @param {number} one @param {number} two @param {number} shift */
const small = (word, one, two, shift) => rotated(word, one) ^ rotated(word, two) ^ (word >>> shift);

/** @param {number} word @param {number} one @param {number} two @param {number} three */
const big = (word, one, two, three) => rotated(word, one) ^ rotated(word, two) ^ rotated(word, three);
