/** The day it is now where the deployment's people work: what `$today` means in a new request. */
export function todayIn(timeZone: string): () => string {
  // Swedish dates are written as ISO has them. Throws for a zone that does not exist.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return () => format.format(new Date());
}
