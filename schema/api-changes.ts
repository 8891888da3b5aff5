/**
 * What a new API takes from clients of the old one.
 *
 * What the old one had marked `@deprecated` may go or change; if the reason names a day ("Use x. Removal
 * 2027-06-30"), from that day on. A type that only such parts led to goes with them.
 */
import {
  buildASTSchema,
  buildSchema,
  type ConstDirectiveNode,
  type DirectiveNode,
  type DocumentNode,
  findBreakingChanges,
  GraphQLSchema,
  Kind,
  parse,
  visit,
} from 'graphql';

/** One sentence for each promise that is not kept; `today` is `YYYY-MM-DD`. */
export function brokenPromises(before: string, after: string, today: string): readonly string[] {
  const kept = buildASTSchema(withoutRetired(parse(before, { noLocation: true }), today), { assumeValid: true });
  // Of the roots alone, so that it has no type that nothing leads to any more.
  const promised = new GraphQLSchema({
    query: kept.getQueryType(),
    mutation: kept.getMutationType(),
    subscription: kept.getSubscriptionType(),
    directives: kept.getDirectives(),
    assumeValid: true,
  });
  return findBreakingChanges(promised, buildSchema(after)).map(({ description }) => description);
}

const withoutRetired = (document: DocumentNode, today: string): DocumentNode =>
  visit(document, {
    enter: (node) => ('directives' in node && node.directives?.some((one) => retires(one, today)) ? null : undefined),
  });

function retires({ name, arguments: given = [] }: ConstDirectiveNode | DirectiveNode, today: string): boolean {
  if (name.value !== 'deprecated') return false;
  const reason = given.find((argument) => argument.name.value === 'reason')?.value;
  const [, removal] = (reason?.kind === Kind.STRING && /\bRemoval (\d{4}-\d\d-\d\d)\b/.exec(reason.value)) || [];
  return removal === undefined || removal <= today;
}
