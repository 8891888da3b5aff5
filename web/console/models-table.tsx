/** Every read model, those that need somebody first. */
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { duration, whole } from './format.ts';
import { modelState, modelTone, tones } from './health.ts';
import type { ModelStatus } from './status.ts';

export function ModelsTable({ models }: { readonly models: readonly ModelStatus[] }) {
  const [wanted, setWanted] = useState('');
  const shown = models
    .filter((model) => `${model.model} ${modelState(model)}`.includes(wanted.toLowerCase()))
    .sort((a, b) => tones.indexOf(modelTone(b)) - tones.indexOf(modelTone(a)) || a.model.localeCompare(b.model));
  return (
    <section className="card" aria-labelledby="models">
      <header>
        <h2 id="models">Read models</h2>
        <Search value={wanted} onChange={setWanted} />
      </header>
      <table className="models">
        <thead>
          <tr>
            <th scope="col">Read model</th>
            <th scope="col">State</th>
            <th scope="col" className="number">
              Age
            </th>
            <th scope="col" className="number">
              Pending
            </th>
            <th scope="col" className="number">
              Quarantined
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((model) => (
            <ModelRow key={model.hash} model={model} />
          ))}
        </tbody>
      </table>
      {shown.length === 0 && (
        <p className="nothing">{models.length === 0 ? 'None is declared yet.' : 'None is called that.'}</p>
      )}
    </section>
  );
}

function ModelRow({ model }: { readonly model: ModelStatus }) {
  const { asOf, ageSeconds, pending, quarantined, stopped } = model;
  return (
    <tr data-tone={modelTone(model)}>
      <th scope="row">
        {model.model} <code title="The hash of its definition, and the end of its table’s name">{model.hash}</code>
      </th>
      <td data-label="State">
        <span className="state">{modelState(model)}</span>
        {stopped !== null && <p className="reason">{stopped}</p>}
      </td>
      <td data-label="Age" className="number">
        {asOf && ageSeconds !== null ? (
          <time dateTime={asOf} title={`as of ${new Date(asOf).toLocaleString()}`}>
            {duration(ageSeconds)}
          </time>
        ) : (
          '–'
        )}
      </td>
      <td data-label="Pending" className="number" data-zero={pending === 0}>
        {whole(pending)}
      </td>
      <td data-label="Quarantined" className="number" data-zero={quarantined === 0}>
        {whole(quarantined)}
      </td>
    </tr>
  );
}

/** `/` leads to it from anywhere, Escape empties and leaves it. */
function Search({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const seek = (event: globalThis.KeyboardEvent) => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      field.current?.focus();
    };
    document.addEventListener('keydown', seek);
    return () => document.removeEventListener('keydown', seek);
  }, []);
  const leave = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    onChange('');
    field.current?.blur();
  };
  return (
    <input
      ref={field}
      type="search"
      aria-label="Search read models"
      aria-keyshortcuts="/"
      placeholder="Search  /"
      value={value}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={leave}
    />
  );
}
