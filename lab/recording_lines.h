/* SPDX-License-Identifier: MIT */
/*
 * recording_lines: how a machine sends a recording over its console, which is what every kernel and
 * every machine has: a cpio archive in base64.
 *
 *	record: begin
 *	record: MDcwNzAx...            76 characters of base64, or fewer in the last line
 *	record: end BYTES CRC32C       decimal and hexadecimal, of the archive
 */
#ifndef LIFEBOAT_LAB_RECORDING_LINES_H
#define LIFEBOAT_LAB_RECORDING_LINES_H

#define LAB_RECORDING_LINE "record: "
#define LAB_RECORDING_LINE_CHARACTERS 76
#define LAB_RECORDING_BEGIN "begin"
#define LAB_RECORDING_END "end "

#endif
