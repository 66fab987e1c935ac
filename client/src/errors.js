/** Why a request did not succeed. Every error of this client is one of these. */
export class TurnlogError extends Error {
  /**
   * @param {string} code for programs
   * @param {string} message for people
   * @param {boolean} retryable whether asking again may succeed
   * @param {number} [retryAfterMs] after how long the same may be asked for again, where time is all that is missing
   */
  constructor(code, message, retryable, retryAfterMs) {
    super(message);
    this.name = new.target.name;
    this.code = code;
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A rule said no; nothing was written. */
export class RejectedError extends TurnlogError {}

/** Something broke on the server, and trying again did not help. */
export class FailedError extends TurnlogError {}

/** There is no answer. The command may have taken effect: the game itself tells. */
export class NoAnswerError extends TurnlogError {
  constructor() {
    super("no_answer", "The server did not answer.", true);
  }
}

/** The connection was lost before the answer to a question that is of use on that connection only. */
export class ConnectionLostError extends TurnlogError {
  constructor() {
    super("connection_lost", "The connection was lost.", true);
  }
}

/** The server ended the connection for a reason that connecting again would only meet once more. */
export class ConnectionEndedError extends TurnlogError {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(code, message, false);
  }
}

/** The client was closed. */
export class ClosedError extends TurnlogError {
  constructor() {
    super("closed", "The client is closed.", false);
  }
}

/** The token is not accepted. Connecting again needs another token. A token provider may throw this to give up. */
export class TokenRefusedError extends TurnlogError {
  /** @param {string} [message] */
  constructor(message = "The server refused the sign-in.") {
    super("token_refused", message, false);
  }
}

/**
 * The error that a refusing answer stands for.
 * @param {Record<string, unknown>} answer
 */
export function errorOf(answer) {
  const code = typeof answer.code === "string" ? answer.code : "unknown";
  const message = typeof answer.message === "string" ? answer.message : "The server refused.";
  const retryable = answer.retryable === true;
  const retryAfterMs = typeof answer.retry_after_ms === "number" ? answer.retry_after_ms : undefined;
  return answer.type === "rejected"
    ? new RejectedError(code, message, retryable, retryAfterMs)
    : new FailedError(code, message, retryable);
}
