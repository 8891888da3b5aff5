/**
 * Skiff's one program: `main.ts <role>`. Reads the environment, wires rooms to roles, and holds no logic of its own.
 *
 *     demo ──► sandbox (child) ─┐
 *     all ─┬─► replica (child) ─┴─► gateway, with all subgraphs in this process
 *          ├─► watchdog (child)
 *          └─► commands (child)
 *
 * A role loads only the rooms it needs.
 */
import type { z } from 'zod';
import { CaptureEnv } from './erp/capture-env.ts';
import type { Connector } from './erp/connector.ts';
import { ConnectorEnv, connectorOf } from './erp/connectors.ts';
import { DatabaseEnv, openDatabase } from './replica/database.ts';
import { missingTypes } from './replica/declare.ts';
import { childOfParent, startRole } from './runtime/child-role.ts';
import { parseEnv, together } from './runtime/env.ts';
import { createLog, LogEnv } from './runtime/log.ts';
import { failed, roleOf } from './runtime/role.ts';
import { shutdownOnSignals } from './runtime/shutdown.ts';
import { deployedSchema } from './schema/deployed.ts';
import { todayIn } from './subgraphs/today.ts';

const log = createLog(parseEnv(LogEnv, process.env));
const shutdown = shutdownOnSignals({ log });
const parent = childOfParent(shutdown);

/** What the connector's read models can serve of the schema. */
async function deployment(connector: Awaited<ReturnType<typeof connectorOf>>) {
  const full = deployedSchema();
  const missingSubgraphs = connector.commands ? [] : ['commands'];
  return deployedSchema({ missingTypes: await missingTypes(connector, full.flat), missingSubgraphs });
}

const child = (args: readonly string[], env: NodeJS.ProcessEnv) =>
  startRole({ program: import.meta.filename, args, env: { ...process.env, ...env }, log, shutdown });

/** The gateway's settings are judged before anything is started, its rooms loaded and the database opened after. */
async function prepareGateway(others: Readonly<Record<string, z.ZodType>>, isDemo = false) {
  const { GatewayEnv, runGateway } = await import('./gateway/main.ts');
  parseEnv(together({ ...others, database: DatabaseEnv, connector: ConnectorEnv, gateway: GatewayEnv }), process.env);
  return async (beforehand: (databaseUrl: string, connector: Connector) => void) => {
    const config = parseEnv(
      together({ database: DatabaseEnv, connector: ConnectorEnv, gateway: GatewayEnv }),
      process.env,
    );
    const connector = await connectorOf(config.connector);
    const databaseUrl = await openDatabase(config.database, shutdown, log);
    beforehand(databaseUrl, connector);
    const redeploy = () => deployment(connector);
    const schema = await redeploy();
    await runGateway({ config: config.gateway, databaseUrl, connector, schema, redeploy, log, shutdown, isDemo });
  };
}

/** And beside it who watches what it leaves in the ERP: one that hangs cannot watch itself. */
const startReplica = (databaseUrl: string, connector: Connector) => {
  child(['replica'], { SKIFF_DATABASE_URL: databaseUrl });
  if (hasSlot()) child(['watchdog'], { SKIFF_DATABASE_URL: databaseUrl });
  if (!connector.commands) return;
  if (process.env.SKIFF_ERP_URL) child(['commands'], { SKIFF_DATABASE_URL: databaseUrl });
  else log.warn('Commands are accepted and wait: nobody sends them before SKIFF_ERP_URL says where the ERP’s API is');
};

/** Settings that are wrong are named elsewhere. */
const hasSlot = () => CaptureEnv.safeParse(process.env).data?.way === 'replication';

const roles: Readonly<Record<string, (args: readonly string[]) => Promise<unknown>>> = {
  async demo(args) {
    const { SandboxEnv, SandboxReady, startFresh } = await import('./erp/sandbox/main.ts');
    const { sandboxClient } = await import('./erp/sandbox/api/tokens.ts');
    process.env.SKIFF_CONNECTOR = 'sandbox';
    const start = await prepareGateway({ sandbox: SandboxEnv }, true);
    if (args.includes('--fresh')) await startFresh(parseEnv(DatabaseEnv, process.env).dataDir);
    const { databaseUrl, apiUrl } = SandboxReady.parse(await child(['sandbox'], {}).ready);
    process.env.SKIFF_ERP_DATABASE_URL = databaseUrl;
    process.env.SKIFF_ERP_URL = apiUrl;
    process.env.SKIFF_ERP_USER = sandboxClient.id;
    process.env.SKIFF_ERP_PASSWORD = sandboxClient.secret;
    await start(startReplica);
  },

  async all() {
    const { WatchdogEnv } = await import('./erp/main.ts');
    const start = await prepareGateway({ capture: CaptureEnv, ...(hasSlot() && { watchdog: WatchdogEnv }) });
    await start(startReplica);
  },

  async gateway() {
    const start = await prepareGateway({});
    await start(() => {});
  },

  async replica() {
    const { ReplicaEnv, runReplica } = await import('./replica/main.ts');
    const config = parseEnv(
      together({ database: DatabaseEnv, connector: ConnectorEnv, replica: ReplicaEnv }),
      process.env,
    );
    const connector = await connectorOf(config.connector);
    const { flat } = await deployment(connector);
    const databaseUrl = await openDatabase(config.database, shutdown, log);
    await runReplica({
      config: config.replica,
      databaseUrl,
      connector,
      schema: flat,
      log,
      shutdown,
      onReady: parent.ready,
    });
  },

  async commands([what]) {
    const { CommandsEnv, confirmRestoreOf, runCommands } = await import('./commands/main.ts');
    if (what === 'confirm-restore') {
      const { database, connector: named } = parseEnv(
        together({ database: DatabaseEnv, connector: ConnectorEnv }),
        process.env,
      );
      const config = process.env.SKIFF_ERP_URL ? parseEnv(CommandsEnv, process.env) : null;
      await confirmRestoreOf(await openDatabase(database, shutdown, log), await connectorOf(named), config);
      return shutdown.end(0);
    }
    const config = parseEnv(
      together({ database: DatabaseEnv, connector: ConnectorEnv, commands: CommandsEnv }),
      process.env,
    );
    const connector = await connectorOf(config.connector);
    const { flat } = await deployment(connector);
    const databaseUrl = await openDatabase(config.database, shutdown, log);
    await runCommands({
      config: config.commands,
      databaseUrl,
      connector,
      flat,
      today: todayIn(connector.timeZone),
      log,
      shutdown,
      onReady: parent.ready,
    });
  },

  async watchdog() {
    const { runWatchdog, WatchdogEnv } = await import('./erp/main.ts');
    const config = parseEnv(
      together({ database: DatabaseEnv, connector: ConnectorEnv, watchdog: WatchdogEnv }),
      process.env,
    );
    const connector = await connectorOf(config.connector);
    const databaseUrl = await openDatabase(config.database, shutdown, log);
    parent.ready();
    await runWatchdog({ config: config.watchdog, databaseUrl, connector, log, shutdown });
  },

  async sandbox() {
    const { runSandbox, SandboxEnv } = await import('./erp/sandbox/main.ts');
    const config = parseEnv(together({ database: DatabaseEnv, sandbox: SandboxEnv }), process.env);
    parent.ready(await runSandbox({ config: config.sandbox, dataDir: config.database.dataDir, log, shutdown }));
  },

  async subgraph([name = '']) {
    const { runSubgraph, SubgraphEnv } = await import('./subgraphs/main.ts');
    const config = parseEnv(
      together({ database: DatabaseEnv, connector: ConnectorEnv, subgraph: SubgraphEnv }),
      process.env,
    );
    const connector = await connectorOf(config.connector);
    const databaseUrl = await openDatabase(config.database, shutdown, log);
    const schema = await deployment(connector);
    await runSubgraph({ name, config: config.subgraph, databaseUrl, connector, schema, log, shutdown });
  },

  async 'erp-setup'() {
    const { ErpSetupEnv, runErpSetup } = await import('./erp/main.ts');
    const config = parseEnv(together({ connector: ConnectorEnv, erp: ErpSetupEnv }), process.env);
    const isInPlace = await runErpSetup(config.erp.databaseUrl, await connectorOf(config.connector));
    await shutdown.end(isInPlace ? 0 : 1);
  },

  async ledger() {
    const { ReplicaEnv, runLedgerRole } = await import('./replica/main.ts');
    const config = parseEnv(together({ database: DatabaseEnv, connector: ConnectorEnv, replica: ReplicaEnv }), {
      ...process.env,
      SKIFF_CAPTURE: 'poll',
    });
    const connector = await connectorOf(config.connector);
    const databaseUrl = await openDatabase(config.database, shutdown, log);
    const isComplete = await runLedgerRole({ config: config.replica, connector, databaseUrl, shutdown });
    await shutdown.end(isComplete ? 0 : 1);
  },

  async keys(args) {
    const { runKeys } = await import('./replica/keys-role.ts');
    await runKeys(await openDatabase(parseEnv(DatabaseEnv, process.env), shutdown, log), args);
    await shutdown.end(0);
  },

  async verify() {
    const { runVerify } = await import('./replica/verify-role.ts');
    const isRight = await runVerify(await openDatabase(parseEnv(DatabaseEnv, process.env), shutdown, log));
    await shutdown.end(isRight ? 0 : 1);
  },

  async 'check-read-models'() {
    const { runCheckReadModels } = await import('./replica/check-read-models.ts');
    const isRight = await runCheckReadModels(await openDatabase(parseEnv(DatabaseEnv, process.env), shutdown, log));
    await shutdown.end(isRight ? 0 : 1);
  },
};

const [name, ...args] = process.argv.slice(2);
await roleOf(roles, name)(args).catch((error: unknown) => failed(error, log, shutdown));
