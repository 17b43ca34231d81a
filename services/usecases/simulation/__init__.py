"""A season of province-scale farm-to-table flow as EPCIS 2.0 events, with the truth about it.

Thirteen counties, villages, townships and county centres, the trunk to Suzhou's warehouses, 3,710 micro-markets, stores
and canteens; lots are mixed, graded and packed, packs go into cartons and pallets, pallets are built anew, cartons are
split. Some villages deliver late, some events come twice, some are corrected, some were never scanned, some lorries
were too warm: all of that is planted with a seed, and written down beside the events.

The way of one wave: lanes → origin → trunk → retail → impairments → wave → render (documents) and truth (chains).
"""

from services.usecases.simulation.files import FolderSink, Sink, stream_captures
from services.usecases.simulation.run import documents, simulate, truth_stride
from services.usecases.simulation.summary import Stream, Summary

__all__ = ["FolderSink", "Sink", "Stream", "Summary", "documents", "simulate", "stream_captures", "truth_stride"]
