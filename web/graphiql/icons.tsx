/** The panels' icons, in the manner of GraphiQL's own. */
import type { ReactNode } from 'react';

export const ExamplesIcon = () => (
  <Icon>
    <path d="M9 18.5h6M10 21.5h4" />
    <path d="M8.5 15.5c0-2-2.5-3-2.5-6.5a6 6 0 0 1 12 0c0 3.5-2.5 4.5-2.5 6.5z" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <path d="m8 7-5 5 5 5M16 7l5 5-5 5M13.5 4.5l-3 15" />
  </Icon>
);

export const CredentialIcon = () => (
  <Icon>
    <circle cx="8" cy="15.5" r="4.5" />
    <path d="m11.3 12.3 8.2-8.3M16 7.5l3.5 3.5" />
  </Icon>
);

const Icon = ({ children }: { readonly children: ReactNode }) => (
  <svg
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.5"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    {children}
  </svg>
);
