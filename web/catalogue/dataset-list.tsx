/** Every dataset that the visitor may read. */
import { Answer } from './answer.tsx';
import { Catalogue, type Entry } from './catalogue.ts';
import { Deprecation } from './deprecation.tsx';

export const DatasetList = () => (
  <Answer address="/data" form={Catalogue}>
    {({ datasets }) => (
      <section aria-labelledby="datasets">
        <header>
          <h2 id="datasets">Datasets</h2>
          <p className="explanation">
            Tables for Excel, Power BI, Tableau, Grafana, DuckDB, pandas: each has an address.
          </p>
        </header>
        <ul className="datasets">
          {datasets.map((dataset) => (
            <Card key={dataset.name} dataset={dataset} />
          ))}
        </ul>
        {datasets.length === 0 && <p className="nothing">There is none that you may read.</p>}
      </section>
    )}
  </Answer>
);

const Card = ({ dataset: { name, title, description, owner, deprecated } }: { readonly dataset: Entry }) => (
  <li className="card">
    <h3>
      <a href={`/data/${name}`}>{title}</a>
    </h3>
    <p>{description}</p>
    <p className="explanation">
      <code>{name}</code> · {owner}
    </p>
    <Deprecation deprecated={deprecated} />
  </li>
);
