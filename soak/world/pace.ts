/** Seconds. Slots are long: a machine that stands still for a moment costs nobody one. */
export const EPOCH_SECONDS = 30;
export const SLOT_SECONDS = 10;
/** Seconds from the deployment to epoch 0: for the licences, and for the first keepers to start. */
export const LEAD_SECONDS = 45;

/** What differs from a production network: everything is faster. */
export const ORACLE_PACE = {
  SLOT_SECONDS: String(SLOT_SECONDS),
  HEARTBEAT_INTERVAL: "1s",
  CHAIN_POLL: "500ms",
  HEARTBEAT_FRESH_BLOCKS: "256",
  MAXIMUM_NODES: "64",
  ROUND_TIMEOUT: "1s",
  SEALING_TIMEOUT: "6s",
  SUBMISSION_STAGE: "2s",
  ASSIGN_EVERY_BLOCKS: "3",
  OFFER_MARGIN: "2s",
  ASSIGN_STAGE: "2s",
  JOB_START_LIMIT: "40s",
  JOB_SILENT_LIMIT: "8s",
  PROBE_PRIVATE: "true",
} as const;

export const NODE_PACE = { BLOCK_REFRESH: "1s" } as const;

/** What each node has for jobs: enough for two of the smallest. */
export const JOB_PACE = {
  NODE_ENGINE: "docker",
  NODE_MILLI_CPU: "500",
  NODE_MEMORY_MIB: "1024",
  NODE_DISK_MIB: "4096",
  NODE_ON_EXIT: "keep",
  JOB_POLL: "500ms",
  GATEWAY_PORT: "0",
} as const;
