/** The Turnlog client. See `client.js` for what it does. */
export { Client } from "./client.js";
export { isOverdue, timesLeft } from "./clock.js";
export {
  ClosedError,
  ConnectionEndedError,
  ConnectionLostError,
  FailedError,
  NoAnswerError,
  RejectedError,
  TokenRefusedError,
  TurnlogError,
} from "./errors.js";
export { verify } from "./fairness.js";
export { guestId, guestToken, newGuestSecret } from "./guest.js";
export { newId } from "./id.js";
export { hurryOnReturn } from "./return.js";
export { claimsOf } from "./token.js";
