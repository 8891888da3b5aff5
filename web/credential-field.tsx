/** Where a visitor says who he is; drawn by each page in its own style. */
import { type SubmitEvent, useState } from 'react';
import { setCredential, useCaller } from './caller.ts';

export function CredentialField({ onChange }: { readonly onChange?: () => void }) {
  const { credential, isRefused } = useCaller();
  const [typed, setTyped] = useState('');
  const become = (next: string) => {
    setTyped('');
    setCredential(next);
    onChange?.();
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (typed.trim() !== '') become(typed);
  };
  return (
    <form className="credential" autoComplete="off" onSubmit={submit}>
      <p role="status">{told(credential !== '', isRefused)}</p>
      <label>
        Token or API key
        {/* Not a password field: browsers offer to keep what stands in one. The style hides it all the same. */}
        <input
          className="secret"
          autoComplete="off"
          spellCheck={false}
          value={typed}
          placeholder={credential === '' ? '' : '••••••••'}
          onChange={(event) => setTyped(event.target.value)}
        />
      </label>
      <div className="actions">
        <button type="submit">Use it</button>
        {credential !== '' && (
          <button type="button" onClick={() => become('')}>
            Forget it
          </button>
        )}
      </div>
      <p className="hint">
        Sent as <code>Authorization: Bearer …</code> with what this page asks. It is kept in this page’s memory alone: a
        reload forgets it. <code>npm start -- keys create</code> makes an API key.
      </p>
    </form>
  );
}

function told(hasCredential: boolean, isRefused: boolean): string {
  if (isRefused) {
    return hasCredential
      ? 'This credential is not known, or no longer good.'
      : 'This Skiff answers callers it knows. Say who you are.';
  }
  return hasCredential ? 'Your credential is sent with every request.' : 'Requests are sent without a credential.';
}
