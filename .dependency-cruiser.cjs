/**
 * Who may know whom. A room is a top-level folder: the files at its root are what other rooms
 * may import, its subfolders are its own business. Only a `main.ts` wires across rooms.
 */
const ROOMS = '^(erp|replica|commands|schema|subgraphs|gateway|web|runtime|test|bench)/';

/** The form of schema/flat-types.json. */
const FLAT_TYPES = 'replica/flat-type[.]ts$';

/** @param {string} name @param {string[]} mayReach patterns of files in rooms it may import */
const room = (name, mayReach) => ({
  name: `${name}-reaches`,
  severity: 'error',
  from: { path: `^${name}/`, pathNot: '/main[.]ts$' },
  to: { path: ROOMS, pathNot: mayReach.map((path) => `^${path}`) },
});

module.exports = {
  forbidden: [
    room('runtime', ['runtime/']),
    room('erp', ['erp/', 'runtime/']),
    room('replica', ['replica/', 'erp/[^/]+[.]ts$', 'runtime/']),
    room('commands', ['commands/', 'erp/[^/]+[.]ts$', 'replica/[^/]+[.]ts$', 'runtime/']),
    room('schema', ['schema/', FLAT_TYPES, 'runtime/']),
    room('subgraphs', ['subgraphs/', 'schema/', 'replica/[^/]+[.]ts$', 'commands/[^/]+[.]ts$', 'runtime/']),
    room('gateway', ['gateway/', 'schema/', FLAT_TYPES, 'subgraphs/[^/]+[.]ts$', 'runtime/']),
    room('web', ['web/']),
    {
      name: 'connectors-are-strangers',
      comment: 'What two connectors share is a capture: erp/postgres/, erp/rest/, erp/events/ or erp/downgrade/.',
      severity: 'error',
      from: { path: '^erp/([^/]+)/', pathNot: '^erp/(postgres|rest|events|downgrade)/' },
      to: { path: '^erp/([^/]+)/', pathNot: '^erp/($1|postgres|rest|events|downgrade)/' },
    },
    {
      name: 'captures-know-no-connector',
      severity: 'error',
      from: { path: '^erp/(postgres|rest|events|downgrade)/' },
      to: { path: '^erp/([^/]+)/', pathNot: '^erp/(postgres|rest|events|downgrade)/' },
    },
    {
      name: 'subgraphs-are-strangers',
      severity: 'error',
      from: { path: '^subgraphs/(?!compiled/)([^/]+)/' },
      to: { path: '^subgraphs/([^/]+)/', pathNot: '^subgraphs/$1/' },
    },
    {
      name: 'main-is-imported-by-nobody',
      severity: 'error',
      from: { pathNot: '^main[.]ts$' },
      to: { path: '(^|/)main[.]ts$' },
    },
    {
      name: 'tests-stay-out-of-the-product',
      severity: 'error',
      from: { path: '^(main[.]ts$|erp|replica|commands|schema|subgraphs|gateway|web|runtime)' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'pg-only-beside-databases',
      severity: 'error',
      from: { pathNot: ['^(erp|replica|commands|test|bench)/', '(^|/)main[.]ts$'] },
      to: { path: '(^|/)node_modules/(@types/)?pg[/-]' },
    },
    {
      name: 'no-graphql-behind-the-schema',
      severity: 'error',
      from: { path: '^(erp|replica|commands|runtime)/' },
      to: { path: '(^|/)node_modules/(graphql|graphql-jit|@graphql-[^/]+|@apollo|@theguild)/' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'declared-in-package-json',
      severity: 'error',
      from: { pathNot: '(^|/)[^/]+[.]d[.]ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // What is measured beside us has packages of its own.
    exclude: { path: '(^|/)(dist|[.]skiff)/|^bench/peers/install/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
  },
};
