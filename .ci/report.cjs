// What Vitest's report holds: prints "<passed> <failed>", says on standard error which files took longest, and
// adds a line for each test that failed to a file, with what it says first. Arguments: the report, that file.
const { appendFileSync, readFileSync } = require('node:fs');
const { relative } = require('node:path');

const [report, failures] = process.argv.slice(2);
const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));

const files = testResults.map((file) => ({
  name: relative(process.cwd(), file.name),
  seconds: Math.round((file.endTime - file.startTime) / 1000),
  failed: file.assertionResults.filter(({ status }) => status === 'failed'),
}));
for (const { name, seconds } of [...files].sort((a, b) => b.seconds - a.seconds).slice(0, 12)) {
  process.stderr.write(`── ${seconds} s: ${name}\n`);
}
for (const { name, failed } of files) {
  for (const { fullName, failureMessages } of failed) {
    const [why = ''] = failureMessages.flatMap((message) => message.split('\n'));
    appendFileSync(failures, `── FAILED: ${name}: ${fullName}: ${why.slice(0, 400)}\n`);
  }
}
process.stdout.write(`${numPassedTests} ${numFailedTests}\n`);
