// Sends with the unmodified @segment/analytics-node what the JSON on standard input says, and prints what became of it.
//
// {"host": "http://…", "writeKey": "…", "calls": [["track", {…}], …], "flushAt": 15}

import { Analytics } from '@segment/analytics-node';
import { readFileSync } from 'node:fs';

const { host, writeKey, calls, flushAt } = JSON.parse(readFileSync(0, 'utf8'));
const analytics = new Analytics({ writeKey, host, flushAt, maxRetries: 5, flushInterval: 200 });
const errors = [];
analytics.on('error', (error) => errors.push(String(error.reason ?? error.code)));

let delivered = 0;
for (const [call, message] of calls) {
  analytics[call](message, (error) => {
    if (!error) delivered += 1;
  });
}
await analytics.closeAndFlush();
process.stdout.write(JSON.stringify({ delivered, errors }));
