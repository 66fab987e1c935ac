/**
 * The key stream of ChaCha20 (RFC 8439) as numbers. It is here because browsers do not offer it, and a page without a
 * bundler loads no packages; nothing is encrypted with it. Tests hold it against the vectors of the RFC and against
 * another implementation.
 */

/** "expand 32-byte k", which every block begins with. */
const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];
const DOUBLE_ROUNDS = 10;

/**
 * The words of the key stream with a nonce of zeros, one after the other from block 0.
 * @param {Uint8Array} key 32 bytes
 * @returns {Generator<number, never>} from 0 up to 2^32
 */
export function* wordsOf(key) {
  const nonce = new Uint8Array(12);
  for (let counter = 0; ; counter += 1) yield* block(key, counter, nonce);
}

/**
 * One block as 16 numbers, each of 4 bytes, its lowest byte first.
 * @param {Uint8Array} key 32 bytes
 * @param {number} counter
 * @param {Uint8Array} nonce 12 bytes
 */
export function block(key, counter, nonce) {
  const start = Uint32Array.from([...CONSTANTS, ...numbersOf(key), counter, ...numbersOf(nonce)]);
  const state = start.slice();
  for (let round = 0; round < DOUBLE_ROUNDS; round += 1) {
    for (let column = 0; column < 4; column += 1) quarter(state, column, 4 + column, 8 + column, 12 + column);
    for (let column = 0; column < 4; column += 1) {
      quarter(state, column, 4 + ((column + 1) % 4), 8 + ((column + 2) % 4), 12 + ((column + 3) % 4));
    }
  }
  return state.map((word, index) => word + Number(start[index]));
}

/**
 * @param {Uint32Array} state
 * @param {number} a
 * @param {number} b
 * @param {number} c
 * @param {number} d
 */
function quarter(state, a, b, c, d) {
  mix(state, a, b, d, 16);
  mix(state, c, d, b, 12);
  mix(state, a, b, d, 8);
  mix(state, c, d, b, 7);
}

/**
 * Adds `from` to `to`, and turns what that changes in `turned` to the left.
 * @param {Uint32Array} state
 * @param {number} to
 * @param {number} from
 * @param {number} turned
 * @param {number} bits
 */
function mix(state, to, from, turned, bits) {
  const sum = (Number(state[to]) + Number(state[from])) >>> 0;
  state[to] = sum;
  const word = Number(state[turned]) ^ sum;
  state[turned] = (word << bits) | (word >>> (32 - bits));
}

/** @param {Uint8Array} bytes */
function numbersOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4, true));
}
