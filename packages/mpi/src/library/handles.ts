import type { LibraryHandle } from 'koffi';

/** A communicator, type or operation as the library takes it: an address, or an integer. */
export type Handle = bigint | number;

/** Of a library, what its header says and its functions do not. */
export interface Handles {
  readonly name: 'Open MPI' | 'MPICH';
  /** The C type of handles. */
  readonly type: 'void *' | 'int';
  readonly world: Handle;
  /** A result code in place of the end of the process. */
  readonly errorsReturn: Handle;
  readonly byte: Handle;
  readonly int: Handle;
  readonly float: Handle;
  readonly double: Handle;
  readonly sum: Handle;
  readonly max: Handle;
  readonly min: Handle;
  /** MPI_IN_PLACE and MPI_STATUSES_IGNORE. */
  readonly inPlace: bigint;
  readonly ignored: bigint;
}

/** mpi.h of Open MPI: handles are addresses of what the library exports. */
const ofOpenMpi = (symbol: (name: string) => bigint): Handles => ({
  name: 'Open MPI',
  type: 'void *',
  world: symbol('ompi_mpi_comm_world'),
  errorsReturn: symbol('ompi_mpi_errors_return'),
  byte: symbol('ompi_mpi_byte'),
  int: symbol('ompi_mpi_int'),
  float: symbol('ompi_mpi_float'),
  double: symbol('ompi_mpi_double'),
  sum: symbol('ompi_mpi_op_sum'),
  max: symbol('ompi_mpi_op_max'),
  min: symbol('ompi_mpi_op_min'),
  inPlace: 1n,
  ignored: 0n,
});

/** mpi.h of MPICH 3 and 4, whose binary interface Intel MPI, MVAPICH and Cray MPICH share: handles are integers. */
const MPICH: Handles = {
  name: 'MPICH',
  type: 'int',
  world: 0x44000000,
  errorsReturn: 0x54000001,
  byte: 0x4c00010d,
  int: 0x4c000405,
  float: 0x4c00040a,
  double: 0x4c00080b,
  sum: 0x58000003,
  max: 0x58000001,
  min: 0x58000002,
  inPlace: -1n,
  ignored: 1n,
};

/** What a library of MPICH's binary interface calls itself. */
const MPICH_NAMES = /MPICH|Intel\(R\) MPI|MVAPICH/u;

/**
 * Tells the two implementations apart, before MPI is initialised.
 *
 * @param version what MPI_Get_library_version says
 * @returns undefined where it is neither
 */
export const handlesOf = (library: Pick<LibraryHandle, 'symbol'>, version: string): Handles | undefined => {
  try {
    return ofOpenMpi((name) => library.symbol(name) as bigint);
  } catch {
    return MPICH_NAMES.test(version) ? MPICH : undefined;
  }
};
