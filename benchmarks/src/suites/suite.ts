import type { Arguments } from '../arguments';
import type { Start } from '../harness/competitor';
import type { Table } from '../table';

/** What a suite works with. */
export interface SuiteContext {
  readonly args: Arguments;
  readonly start: Start;
  readonly log: (line: string) => void;
  /** The program of one of the suite's children. */
  readonly program: (child: string) => string;
}

/** What a suite found: tables for people, data for programs. */
export interface SuiteResult {
  readonly tables: readonly Table[];
  readonly data: unknown;
}

export interface Suite {
  readonly name: string;
  /** One line. */
  readonly about: string;
  /** Files of src/children that it starts. */
  readonly children: readonly string[];
  /** Default of `--budget`, where a step is longer than those of other suites. */
  readonly budget?: number;
  readonly run: (context: SuiteContext) => Promise<SuiteResult>;
}
