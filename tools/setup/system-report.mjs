/**
 * @typedef {{ header: { glibcVersionRuntime?: string }; userLimits?: { open_files?: { soft: number | string } } }} SystemReport
 */

/**
 * What Node tells of the system it runs on, of which nothing else in Node tells: the version of glibc, absent on other C
 * libraries, and the limits of this process (Node, *Diagnostic report*).
 *
 * @returns {SystemReport}
 */
export function systemReport() {
  // Without it, making the report looks the names of all peers up.
  Object.assign(process.report, { excludeNetwork: true });
  return /** @type {SystemReport} */ (/** @type {unknown} */ (process.report.getReport()));
}
