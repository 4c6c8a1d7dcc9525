/** What the server is told at each start; it has few clients on one machine, and memory is precious. */
export function serverSettings(port: number): Readonly<Record<string, string>> {
  return {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: '32MB',
    jit: 'off',
    // No helpers that this load does not need: workers for input and output, parallel queries, replication.
    io_method: 'sync',
    max_parallel_workers: '0',
    max_logical_replication_workers: '0',
    autovacuum_max_workers: '1',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_wal_size: '256MB',
    log_min_messages: 'warning',
    log_checkpoints: 'off',
  };
}
