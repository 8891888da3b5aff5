/**
 * `/data`: registered datasets, as tables for tools that read an address.
 *
 *     /data                            what there is for this caller
 *     /data/<name>[@version]           what one is like, and how it is read
 *     /data/<name>[@version].<format>  the rows
 *     /data/odata/                     the same as an OData feed
 *
 * What is refused is refused as a problem (RFC 9457) and before the first byte: the first rows are there before the
 * status is sent. A dataset that the caller may not read is not there.
 */
import { ErrorCode, SkiffError } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import type { Principal } from '../../subgraphs/principal.ts';
import type { Answer, Exchange, Route } from '../http-server.ts';
import { withBasic } from '../operators.ts';
import { asRefusal, refusal } from '../refusal.ts';
import { catalogue, datasetDescription } from './catalogue.ts';
import { type Dataset, mayReadDataset } from './dataset.ts';
import { exported } from './exported.ts';
import type { Format } from './format.ts';
import { formats } from './formats.ts';
import { odata } from './odata.ts';
import { problem } from './problem.ts';
import type { DataSettings } from './settings.ts';

export function dataRoutes(settings: DataSettings): Route[] {
  const answer = async (exchange: Exchange): Promise<Answer> => {
    let principal: Principal | undefined;
    try {
      principal = await settings.authenticate(exchange.request);
      return { ...(await answerTo(exchange, principal, settings)), principal: principal.name };
    } catch (error) {
      tell(error, exchange, settings.log);
      const refused = asRefusal(error);
      return {
        ...problem(refused.status === 401 ? withBasic(refused) : refused, exchange),
        principal: principal?.name,
      };
    }
  };
  return ['/data', '/data/'].map((path) => ({ path, methods: ['GET', 'HEAD'], answer }));
}

async function answerTo(exchange: Exchange, principal: Principal, settings: DataSettings): Promise<Answer> {
  const { datasets } = settings.current();
  const path = exchange.url.pathname.slice('/data/'.length);
  if (path === '') return catalogue(principal, settings);
  if (path === 'odata' || path.startsWith('odata/')) {
    return odata(exchange, path.slice('odata/'.length), principal, settings);
  }
  const asked = askedIn(path);
  const dataset = asked && datasets.find(asked.name, asked.version);
  if (!dataset || !mayReadDataset(principal, dataset)) throw nothing();
  const { format } = asked;
  const answer = format
    ? exported(exchange, principal, { dataset, format }, settings)
    : datasetDescription(exchange, principal, dataset, settings);
  return { ...(await answer), operation: label(dataset) };
}

const nothing = () => refusal(404, ErrorCode.NotFound, 'There is no such dataset, or not for this caller.');

const label = ({ description: { name, version } }: Dataset): string => `${name}@${version}`;

interface AskedPath {
  readonly name: string;
  /** Null for the latest. */
  readonly version: number | null;
  /** Null for the description. */
  readonly format: Format | null;
}

function askedIn(path: string): AskedPath | null {
  const [, name, version, extension] = /^([a-z0-9-]+)(?:@(\d{1,9}))?(?:\.([a-z]+))?$/.exec(path) ?? [];
  if (name === undefined) return null;
  const format = extension === undefined ? null : formats.get(extension);
  if (format === undefined) {
    throw refusal(404, ErrorCode.NotFound, `There is no format .${extension}, but ${[...formats.keys()].join(', ')}.`);
  }
  return { name, version: version === undefined ? null : Number(version), format };
}

/** What a client is not told goes to the log. */
function tell(error: unknown, { requestId }: Exchange, log: Log): void {
  if (error instanceof SkiffError) {
    if (error.cause) log.warn({ requestId, err: error.cause }, error.message);
  } else if (asRefusal(error) !== error) log.error({ requestId, err: error }, 'A request for data failed');
}
