/** Advisory locks in the replica's database, all in one place so that no two share a number. */
export const lockKey = {
  migrations: 7000,
  /** Held by each transaction that writes mirror or read models: one applier at a time. */
  applier: 7001,
  /** Held for the session by the process that plays the replica's role. */
  replicaRole: 7002,
} as const;
