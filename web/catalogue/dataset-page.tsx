/** One dataset: what it holds, how it looks, how it is read. */
import { useCaller } from '../caller.ts';
import { Recipe } from '../recipe.tsx';
import { Sentence } from '../sentence.tsx';
import { Answer } from './answer.tsx';
import { Dataset } from './catalogue.ts';
import { Deprecation } from './deprecation.tsx';
import { Sample } from './sample.tsx';

export const DatasetPage = ({ address }: { readonly address: string }) => (
  <Answer address={address} form={Dataset}>
    {(dataset) => (
      <>
        <Head dataset={dataset} />
        <Sample columns={dataset.columns} rows={dataset.sample} />
        <section className="card" aria-labelledby="recipes">
          <h2 id="recipes">Read it with</h2>
          <div className="recipes">
            {dataset.recipes.map(({ title, text }) => (
              <Recipe key={title} title={title} text={text} />
            ))}
          </div>
        </section>
        <Parameters parameters={dataset.parameters} />
        <Columns columns={dataset.columns} />
      </>
    )}
  </Answer>
);

function Head({ dataset }: { readonly dataset: Dataset }) {
  const { credential } = useCaller();
  const { name, version, title, description, owner, deprecated, maxStalenessMs, formats } = dataset;
  return (
    <section className="card" aria-labelledby="title">
      <p>
        <a href="/data">All datasets</a>
      </p>
      <h2 id="title">{title}</h2>
      <p>{description}</p>
      <p className="explanation">
        <code>
          {name}@{version}
        </code>{' '}
        · owned by {owner}
        {maxStalenessMs !== null && <> · at most {maxStalenessMs / 1_000} s old</>}
      </p>
      <Deprecation deprecated={deprecated} />
      <ul className="files" aria-label="Formats">
        {formats.map(({ format, address }) => (
          <li key={format}>
            <a href={address}>{format}</a>
          </li>
        ))}
      </ul>
      {credential !== '' && (
        <p className="explanation">A link does not send your credential: the browser asks for it, as a password.</p>
      )}
    </section>
  );
}

const Columns = ({ columns }: Pick<Dataset, 'columns'>) => (
  <section className="card" aria-labelledby="columns">
    <h2 id="columns">Columns</h2>
    <table className="fields">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Type</th>
          <th scope="col">What it says</th>
        </tr>
      </thead>
      <tbody>
        {columns.map(({ name, type, isNullable, description }) => (
          <tr key={name}>
            <th scope="row">
              <code>{name}</code>
            </th>
            <td>
              {type}
              {isNullable && <span className="explanation"> or empty</span>}
            </td>
            <td>
              <Sentence text={description} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);

function Parameters({ parameters }: Pick<Dataset, 'parameters'>) {
  if (parameters.length === 0) return null;
  return (
    <section className="card" aria-labelledby="parameters">
      <h2 id="parameters">Parameters</h2>
      <p className="explanation">Behind the address’s question mark; one that stands there twice is a list.</p>
      <table className="fields">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Type</th>
            <th scope="col">What it does</th>
          </tr>
        </thead>
        <tbody>
          {parameters.map(({ name, type, isRequired, description, example }) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
                {isRequired && <span className="explanation"> needed</span>}
              </th>
              <td>{type}</td>
              <td>
                <Sentence text={description} />
                {example && (
                  <span className="explanation">
                    {' '}
                    <code>
                      {name}={example}
                    </code>
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
