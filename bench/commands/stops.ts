/**
 * Loaded into a dispatcher before all else: stops its process now and then exactly between the check of the lease and the
 * first byte of a write, as a machine can that is paused there. Before it stops it adds the command's reference to a file,
 * a line each; somebody else has to thaw it.
 */
import { appendFileSync } from 'node:fs';
import { ClientRequest } from 'node:http';
import { z } from 'zod';

const { BENCH_STOPS_FILE: file, BENCH_STOP_SHARE: share } = z
  .object({ BENCH_STOPS_FILE: z.string(), BENCH_STOP_SHARE: z.coerce.number() })
  .parse(process.env);

const Sent = z.object({ external_reference: z.string() });

// The end of a write is its first byte: erp/rest/guarded-post.ts, in the turn of the check.
ClientRequest.prototype.end = new Proxy(ClientRequest.prototype.end, {
  apply(end, request: ClientRequest, args) {
    if (request.method === 'POST' && request.path.startsWith('/api/v1/') && Math.random() < share) {
      const { external_reference: reference } = Sent.parse(JSON.parse(String(args[0])));
      appendFileSync(file, `${reference}\n`);
      process.kill(process.pid, 'SIGSTOP');
    }
    return Reflect.apply(end, request, args);
  },
});
