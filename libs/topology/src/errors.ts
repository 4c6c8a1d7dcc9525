/** The topology file cannot be used; the message names the field, its value and what is allowed. */
export class TopologyError extends Error {
  override readonly name = 'TopologyError';
}
