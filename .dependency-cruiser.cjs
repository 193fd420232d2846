module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '^src/main\\.ts$'] },
      to: {},
    },
    {
      name: 'model-is-bottom',
      severity: 'error',
      from: { path: '^src/model/' },
      to: { pathNot: '^src/model/' },
    },
    {
      name: 'pure-stages',
      comment: 'analysis, verdict and report never do IO',
      severity: 'error',
      from: { path: '^src/(analysis|verdict|report)/' },
      to: {
        path: '^(src|probes)/',
        pathNot: '^src/(analysis|verdict|report|model|errors|contracts)/',
      },
    },
    {
      name: 'pure-stages-touch-no-os',
      severity: 'error',
      from: { path: '^src/(model|analysis|verdict|report)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'contracts-are-low',
      severity: 'error',
      from: { path: '^src/(contracts|errors|platform)/' },
      to: { path: '^(src|probes)/', pathNot: '^src/(contracts|errors|platform|model)/' },
    },
    {
      name: 'probes-see-only-contracts',
      severity: 'error',
      from: { path: '^probes/[^/]+/' },
      to: { path: '^src/', pathNot: '^src/(contracts|model|errors|platform)/' },
    },
    {
      name: 'probes-are-islands',
      severity: 'error',
      from: { path: '^probes/([^/]+)/' },
      to: { path: '^probes/', pathNot: '^probes/($1|shared)/' },
    },
    {
      name: 'only-main-knows-the-probe-list',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main\\.ts$' },
      to: { path: '^probes/' },
    },
    {
      name: 'stages-meet-only-in-pipeline',
      severity: 'error',
      from: { path: '^src/(scenario|engine|upgrade|recorder|analysis|verdict|report|live|lab)/' },
      to: {
        path: '^src/(scenario|engine|upgrade|recorder|analysis|verdict|report|live|lab|cli|pipeline)',
        pathNot: '^src/$1/',
      },
    },
    {
      name: 'no-test-in-src',
      severity: 'error',
      from: { path: '^(src|probes)/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-dev-deps',
      severity: 'error',
      from: { path: '^(src|probes)/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
