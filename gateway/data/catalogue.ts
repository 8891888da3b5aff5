/**
 * The catalogue: what there is to read for this caller, and how.
 *
 *     /data                   every dataset in its latest version
 *     /data/<name>[@version]  one, with its first rows and with recipes to copy
 */
import { SkiffError } from '../../runtime/errors.ts';
import type { Principal } from '../../subgraphs/principal.ts';
import { type Answer, type Exchange, json, originOf } from '../http-server.ts';
import { Refusal } from '../refusal.ts';
import { type Dataset, mayReadDataset } from './dataset.ts';
import { formats } from './formats.ts';
import { askedOf } from './parameters.ts';
import { neededParameters, recipesFor } from './recipes.ts';
import type { DataSettings } from './settings.ts';

const SAMPLE_ROWS = 5;
const HEADERS = { vary: 'Origin, Accept, Authorization, X-API-Key', 'cache-control': 'private, no-cache' };

export const catalogue = (principal: Principal, { current }: DataSettings): Answer => {
  const datasets = current().datasets.latest.filter((dataset) => mayReadDataset(principal, dataset));
  return json(200, { datasets: datasets.map(described) }, HEADERS);
};

export async function datasetDescription(
  exchange: Exchange,
  principal: Principal,
  dataset: Dataset,
  settings: DataSettings,
): Promise<Answer> {
  const { headers } = exchange.request;
  const reader = {
    origin: settings.publicUrl ?? `http://${headers.host ?? 'localhost'}`,
    needsCredential: headers.authorization !== undefined || headers['x-api-key'] !== undefined,
  };
  return json(
    200,
    {
      ...described(dataset),
      sample: await sampleOf(exchange, principal, dataset, settings),
      recipes: recipesFor(dataset, reader),
    },
    HEADERS,
  );
}

function described({ description, parameters, columns, maxStalenessMs }: Dataset) {
  const { name, version, title, owner, document, deprecated } = description;
  return {
    name,
    version,
    title,
    description: description.description,
    owner,
    /** The registered document that asks for the same rows, by pages. */
    documentId: document,
    maxStalenessMs,
    deprecated: deprecated ?? null,
    parameters: parameters.map(({ name, type, description, isRequired, example = null }) => ({
      name,
      type,
      description,
      isRequired,
      example,
    })),
    columns: columns.map(({ name, type, description, value }) => ({
      name,
      type,
      isNullable: value.isNullable,
      description: description ?? value.description,
    })),
    formats: [...formats.values()].map(({ extension, mediaType }) => ({
      format: extension,
      mediaType,
      address: `/data/${name}@${version}.${extension}`,
    })),
  };
}

/** The first rows as the caller may see them; null when they cannot be had: what the dataset is like is known all the same. */
async function sampleOf(
  exchange: Exchange,
  principal: Principal,
  dataset: Dataset,
  settings: DataSettings,
): Promise<readonly unknown[] | null> {
  const { plan, columns } = dataset;
  const { today, scope } = settings.newContext(principal, originOf(exchange));
  try {
    const { variables } = askedOf(dataset, neededParameters(dataset));
    const exportColumns = columns.map(({ name, value }) => ({ ...value.column, name }));
    const request = { ...plan.request(exportColumns, variables), limit: SAMPLE_ROWS, after: null };
    const { rows } = await settings.openExport(request, { today, scope }, exchange.signal);
    const lines: Buffer[] = [];
    for await (const block of rows('json', { before: '', after: '\n' })) lines.push(Buffer.from(block));
    return Buffer.concat(lines)
      .toString()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  } catch (error) {
    if (error instanceof SkiffError || error instanceof Refusal) return null;
    throw error;
  }
}
