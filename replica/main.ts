/** The role `replica`: capture, mirror, read models. Wires the capture the connector asks for to the replica. */
import { z } from 'zod';
import type { Connector } from '../erp/connector.ts';
import { postgresCapture } from '../erp/postgres/capture.ts';
import { postgresUrl } from '../runtime/env.ts';
import type { Log } from '../runtime/log.ts';
import type { Shutdown } from '../runtime/shutdown.ts';
import type { FlatSchema } from './flat-type.ts';
import { startReplica } from './replica.ts';
import { showSteps } from './show-steps.ts';

/** What the replica reads from its environment. */
export const ReplicaEnv = z
  .object({ SKIFF_ERP_DATABASE_URL: postgresUrl })
  .transform((env) => ({ erpDatabaseUrl: env.SKIFF_ERP_DATABASE_URL }));

export interface ReplicaRole {
  readonly config: z.output<typeof ReplicaEnv>;
  readonly databaseUrl: string;
  readonly connector: Connector;
  readonly schema: FlatSchema;
  readonly log: Log;
  readonly shutdown: Shutdown;
  readonly onReady: () => void;
}

export async function runReplica(role: ReplicaRole): Promise<void> {
  const { config, databaseUrl, connector, schema, log, shutdown, onReady } = role;
  const steps = showSteps();
  const capture = postgresCapture({
    connectionString: config.erpDatabaseUrl,
    publication: connector.publication,
    slot: `skiff_${connector.name}`,
    tables: connector.tables,
    log,
    onProgress: ({ rows, estimatedRows }) => steps.copied(rows, estimatedRows),
  });
  const replica = await startReplica({
    connectionString: databaseUrl,
    connector,
    schema,
    capture,
    log,
    onBuild: steps.built,
    onBuilt: () => {
      steps.end();
      onReady();
    },
  });
  shutdown.add({ name: 'replica', stop: () => replica.stop() });
  await replica.done;
}
