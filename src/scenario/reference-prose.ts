/** The parts of docs/scenario-reference.md that no schema can say. */
export const PROSE = {
  introduction: `# Scenario reference

Generated from the schema that scenarios are checked with; do not edit (\`UPDATE=1 npx mocha test/scenario/generated.test.ts\`).
Editors that know JSON Schema complete and check a scenario whose first line is

    # yaml-language-server: $schema=./scenario.schema.json`,

  scalars: `- **duration**: \`20ms\`, \`1.5s\`, \`1m30s\`; units \`ns us ms s m h d\`.
- **rate**: \`50/s\`, \`300/m\`, \`10/h\`.
- **text** that YAML would read as something else (a number, \`true\`, \`a: b\`) stands in quotes.`,

  probes: `\`probes\` is a map: a name of your own → one kind with its settings.

    probes:
      vm:      { icmp: { hosts: [10.0.0.5, 10.0.0.6], every: 20ms } }
      gateway: { icmp: { hosts: [10.0.0.1] }, control: true }`,

  steps: `\`upgrade\` is a list; each step is one kind with its settings. A step that fails ends the upgrade. Without \`upgrade\` the
upgrade is the COMMAND of \`rollproof run SCENARIO -- COMMAND...\`.`,

  objectives: `## Objectives

    PROBE.METRIC OP VALUE

\`OP\` is one of \`== != < <= > >=\`. The value has the metric's unit: a percentage for \`loss\` (\`0.1%\`), a duration for \`latency.*\`, \`response.*\`,
\`outage.longest\` and \`outage.total\` (\`250ms\`), a number for the others. \`latency.*\` (from the sending of a request to its
whole answer) and \`response.*\` (from when it was due) may be compared with the baseline:
\`keystone.latency.p99 <= 2x baseline\`. \`lost\`, \`failed\` and \`loss\` all count what was lost and what failed. Counts are summed over a
probe's targets; ratios, times and percentiles are judged for each target, and the worst one counts. What is judged is the upgrade and settle
phases together; latency is judged over the upgrade alone. Objectives are read before the run begins.`,

  variables: `## Variables

\`\${VAR}\` takes an environment variable, \`\${VAR:-default}\` a default where it is unset or empty; \`$\${\` stands for a literal \`\${\`.

- They are replaced inside texts after the YAML is read: a value cannot become a key, a list or anything but a text.
  Where a number or true/false is wanted and the text is not quoted (\`replicas: \${N}\`), the value is read as one.
- Inside \`{ }\` and \`[ ]\` such a text must be quoted: \`{ rate: "\${RATE:-50}/s" }\`.
- A variable that is not set and has no default is a mistake.
- What comes from a variable named like PASSWORD, SECRET, TOKEN, CREDENTIAL or PRIVATE, and what the tables call secret, is \`***\` in the
  run's scenario.yaml and removed from logs and messages. So is the value of such a key in a free map (\`env\`).

## --set

\`--set path=value\` changes a scenario from the command line, in the order given and before variables are replaced.

    --set probes.vm.icmp.every=50ms      a key; maps on the way are made
    --set objectives.0='vm.loss <= 1%'   a list's entry, counted from 0; the number after the last appends
    --set probes.vm=null                 removes; removing what is not there is a mistake
    --set 'probes.vm.icmp.hosts=[::1]'   the value is YAML
    --set a\\.b=1                         a dot in a key

A mistake in such a value is reported as \`--set path: message (hint)\`, without the value, which may be a secret.`,

  strictness: `## How strict it is

A scenario is one document of YAML 1.2 of at most 64 KiB. Every mistake is reported at once as
\`file:line:column: message (hint)\`, with exit code 3, before anything is measured. Unknown and duplicate keys are mistakes. Anchors
and aliases are allowed (at most 20000 values once expanded, 40 levels deep); a mistake in an aliased value is reported where the value stands.
Merge keys (\`<<\`) are not YAML 1.2 and are refused, as are tags of your own, several documents and \`%YAML 1.1\`.`,
} as const;
