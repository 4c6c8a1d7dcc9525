import type { OpenAPIObject } from '@nestjs/swagger';
import type { ControlPlane } from '../control/control-plane.js';

/** What is in force, as far as examples show it. */
type InForce = Pick<ControlPlane, 'version' | 'state'>;

/**
 * The document with what is in force filled in wherever Swagger UI would make up values of its own: *Execute* as it is changes nothing. Which
 * backend to take out has to be typed in.
 */
export function withRequestExamples(document: OpenAPIObject, inForce: InForce): OpenAPIObject {
  const filled = structuredClone(document);
  const id = new URL(inForce.state.backends[0]?.url ?? 'http://127.0.0.1').host;
  for (const [route, example] of Object.entries(bodiesFor(inForce))) {
    const [method, path = ''] = route.split(' ');
    const operation = filled.paths[path]?.[method as 'patch' | 'post' | 'put'];
    const body = operation?.requestBody;
    if (body === undefined || '$ref' in body) throw new Error(`${route} takes no body`);
    for (const content of Object.values(body.content)) content.example = example;
  }
  const { get, patch } = filled.paths['/-/api/backends/{backend}'] ?? {};
  for (const parameter of [...(get?.parameters ?? []), ...(patch?.parameters ?? [])])
    if (!('$ref' in parameter)) parameter.example = id;
  return filled;
}

/** By method and path. */
function bodiesFor({ version, state: { strategy, backends } }: InForce): Readonly<Record<string, unknown>> {
  const first = backends[0];
  return {
    'patch /-/api': { version, strategy, backends: { add: [], update: [first], remove: [] } },
    // Refused, as it is there already.
    'post /-/api/backends': first,
    'patch /-/api/backends/{backend}': { mode: first?.mode },
    'put /-/api/strategy': strategy,
  };
}
