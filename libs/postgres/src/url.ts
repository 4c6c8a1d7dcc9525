/** Role, password and database of the embedded server. It listens on loopback only. */
export const EMBEDDED_ROLE = 'balanza';
export const EMBEDDED_PASSWORD = 'balanza';
export const EMBEDDED_DATABASE = 'balanza';

/** Where the embedded server is reached by the processes of this machine. */
export function embeddedDatabaseUrl(port: number): string {
  return `postgres://${EMBEDDED_ROLE}:${EMBEDDED_PASSWORD}@127.0.0.1:${port}/${EMBEDDED_DATABASE}`;
}
