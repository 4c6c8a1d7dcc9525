/**
 * The field by which a process that shuts down says so in its answer to readiness checks: it serves on for a short time, and a balancer
 * need not wait for further failures before it sends requests elsewhere.
 */
export const DRAINING_HEADER = 'x-balanza-draining';
