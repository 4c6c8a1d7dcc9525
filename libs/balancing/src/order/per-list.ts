/**
 * A table that is made of a list of backends, and made again only when another list comes. See `Strategy.candidates`
 * for when lists are the same.
 */
export function perList<B, Table>(
  build: (backends: readonly B[]) => Table,
): (backends: readonly B[]) => Table {
  let last: { readonly backends: readonly B[]; readonly table: Table } | undefined;
  return (backends) => {
    if (last?.backends !== backends) last = { backends, table: build(backends) };
    return last.table;
  };
}
