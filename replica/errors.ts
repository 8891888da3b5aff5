/** What can be wrong with the replica's own parts, said to an operator or to whoever writes a read model. */
import { FaultCode, OperatorFault } from '../runtime/errors.ts';

export class InvalidReadModel extends OperatorFault {
  constructor(file: string, problem: string, remedy: string, options?: ErrorOptions) {
    super(FaultCode.ReadModelInvalid, `Read model ${file}: ${problem}.`, remedy, options);
  }
}

/** A document is good, and yet its rows cannot be read by one statement: the tables do not fit together. */
export class CannotCompile extends Error {}
