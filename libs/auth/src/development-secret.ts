/** The secret that tokens are signed and checked with in development, where none is set; production refuses it. */
export const DEVELOPMENT_SECRET = 'secret';
