import type { RequestHead } from '../message/request-head.js';

export const CLOSE = 'Connection: close\r\n';
const KEEP_ALIVE = 'Connection: keep-alive\r\n';

/** Whether a client's connection goes on behind the answer that it gets (RFC 9112 §9.3). */
export class Persistence {
  /** The connection ends behind the current answer. */
  isOver = false;
  /** Nothing but the connection's end ends the current answer. */
  endsAnswer = false;

  /**
   * What the answer says of the connection: a whole line, or nothing.
   *
   * @param head of the request
   * @param isLast no other request is taken on the connection
   * @param endsAnswer only the connection's end ends the answer
   */
  lineFor({ persistent, http10 }: RequestHead, isLast: boolean, endsAnswer: boolean): string {
    this.endsAnswer = endsAnswer;
    this.isOver ||= endsAnswer || isLast || !persistent;
    if (this.isOver) return CLOSE;
    return http10 ? KEEP_ALIVE : '';
  }
}
