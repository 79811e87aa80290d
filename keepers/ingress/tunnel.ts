/** A way from the Internet to a node that cannot be reached from there by itself. */
export interface Tunnel {
  /**
   * Leads to `localUrl`, for as long as it takes: a tunnel that breaks is built anew. Resolves with the public URL once it can
   * be used. Rejects with `TUNNEL_FAILED`.
   */
  start(localUrl: string): Promise<string>;
  /** Idempotent. */
  close(): Promise<void>;
}
