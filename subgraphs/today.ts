/** The day it is now where the deployment's people work: what `$today` means in a new request. */
export function todayIn(timeZone: string): () => string {
  // Swedish dates are written as ISO has them. Throws for a zone that does not exist.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  let second = Number.NaN;
  let day = '';
  return () => {
    const now = Math.floor(Date.now() / 1_000);
    // A day is some work to print, and ends with a second.
    if (now !== second) day = format.format(new Date(now * 1_000));
    second = now;
    return day;
  };
}
