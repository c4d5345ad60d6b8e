"""Runs in RP2's own environment: reads histories as JSON, answers which lots its engine takes for each disposal."""

import json
import sys
from typing import Any


def main() -> None:
    """``rp2_lots.py CONFIG METHOD < histories > answers``: a list of histories, each the movements of one coin."""
    from importlib import import_module

    from prezzemolo.avl_tree import AVLTree  # type: ignore[import-not-found]
    from rp2.accounting_engine import AccountingEngine  # type: ignore[import-not-found]
    from rp2.configuration import MAX_DATE, MIN_DATE, Configuration  # type: ignore[import-not-found]
    from rp2.in_transaction import InTransaction  # type: ignore[import-not-found]
    from rp2.input_data import InputData  # type: ignore[import-not-found]
    from rp2.out_transaction import OutTransaction  # type: ignore[import-not-found]
    from rp2.plugin.country.us import US  # type: ignore[import-not-found]
    from rp2.rp2_decimal import RP2Decimal as Number  # type: ignore[import-not-found]
    from rp2.tax_engine import compute_tax  # type: ignore[import-not-found]
    from rp2.transaction_set import TransactionSet  # type: ignore[import-not-found]

    configuration = Configuration(sys.argv[1], US())
    methods = AVLTree()
    methods.insert_node(MIN_DATE.year, import_module(f"rp2.plugin.accounting_method.{sys.argv[2]}").AccountingMethod())
    engine = AccountingEngine(years_2_methods=methods)

    def taken(rows: list[dict[str, Any]]) -> list[list[str]]:
        sets = {
            kind: TransactionSet(configuration, kind, "COIN", MIN_DATE, MAX_DATE) for kind in ("IN", "OUT", "INTRA")
        }
        for number, row in enumerate(rows, 1):
            amount, value = Number(row["amount"]), Number(row["value"])
            same = {"spot_price": value / amount, "row": number, "unique_id": row["id"]}
            where = (configuration, row["at"], "COIN", "wallet", "miner")
            if row["kind"] == "mining":
                coins = {"crypto_in": amount, "fiat_in_no_fee": value, "fiat_in_with_fee": value}
                sets["IN"].add_entry(InTransaction(*where, "MINING", **coins, **same))
            elif row["kind"] == "fee":
                coins = {"crypto_out_no_fee": Number("0"), "crypto_fee": amount, "fiat_fee": value}
                sets["OUT"].add_entry(OutTransaction(*where, "FEE", **coins, **same))
            else:
                coins = {"crypto_out_no_fee": amount, "crypto_fee": Number("0"), "fiat_out_no_fee": value}
                sets["OUT"].add_entry(OutTransaction(*where, "SELL", **coins, **same))
        told = compute_tax(configuration, engine, InputData("COIN", sets["IN"], sets["OUT"], sets["INTRA"]))
        return [
            [
                one.taxable_event.unique_id,
                one.acquired_lot.unique_id,
                str(one.crypto_amount),
                str(one.fiat_cost_basis),
                str(one.fiat_gain),
            ]
            for one in told.gain_loss_set
            if one.acquired_lot is not None
        ]

    json.dump([taken(rows) for rows in json.load(sys.stdin)], sys.stdout)


if __name__ == "__main__":
    main()
