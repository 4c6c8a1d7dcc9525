/**
 * The answer header by which a process says that it has done nothing with the request. A balancer that is told to (`retry.refusals`)
 * then asks another one, whatever the request, and passes the header on to nobody.
 */
export const REFUSED_HEADER = 'x-balanza-refused';
