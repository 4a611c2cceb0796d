//! Parameters and columns: what is written is what is read, alike on both engines.

use frontdesk_shared::{ClientId, Millis};
use frontdesk_store::params;
use frontdesk_store::{Error, Store, Value};
use frontdesk_tests::on_both_engines;

/// A table with a column of every kind the store writes.
async fn table(store: &Store) {
    let sql = "CREATE TABLE v (id BIGINT NOT NULL PRIMARY KEY, i BIGINT, r DOUBLE PRECISION, b BOOLEAN, t TEXT, y BYTEA)";
    store.write(move |tx| tx.batch(sql)).await.unwrap();
}

async fn text_back(store: &Store, text: &'static str) -> Result<String, Error> {
    store
        .write(move |tx| {
            tx.execute("DELETE FROM v", &[])?;
            tx.execute("INSERT INTO v (id, t) VALUES (1, $1)", params![text])?;
            tx.one("SELECT t FROM v WHERE t = $1", params![text], |r| r.get(0))
        })
        .await
}

on_both_engines! {
    /// SQLite by itself numbers `$2 … $1` by first appearance: the wrong order, silently.
    async fn parameters_are_bound_by_their_number(db) {
        table(&db.store).await;
        let got: (i64, String) = db.store.write(|tx| {
            tx.execute(
                "INSERT INTO v (t, id, i) VALUES ($3, $1, $2)",
                params![1_i64, 2_i64, "three"],
            )?;
            tx.execute("UPDATE v SET i = i + $2, t = t || $3 || $3 WHERE id = $1 AND i = $2 AND i > $1",
                params![1_i64, 2_i64, "-x"])?;
            tx.one("SELECT i, t FROM v WHERE t <> $2 AND id = $1", params![1_i64, "no"], |r| Ok((r.get(0)?, r.get(1)?)))
        }).await.unwrap();
        assert_eq!(got, (4, "three-x-x".to_owned()));
    }

    async fn a_list_built_at_run_time_binds_alike(db) {
        table(&db.store).await;
        let ids: Vec<i64> = db.store.write(|tx| {
            for id in 1..=5_i64 {
                tx.execute("INSERT INTO v (id, t) VALUES ($1, $2)", params![id, "x"])?;
            }
            let sql = format!("SELECT id FROM v WHERE t = $2 AND id IN ({}) ORDER BY id DESC", "$3, $1");
            tx.all_dynamic(&sql, params![2_i64, "x", 4_i64], |r| r.get(0))
        }).await.unwrap();
        assert_eq!(ids, [4, 2]);
    }

    async fn a_parameter_without_a_value_is_an_error(db) {
        let got = db.store.read(|tx| {
            tx.count("SELECT count(*) FROM meta WHERE name = $2", params!["only one"])
        }).await;
        assert!(matches!(got, Err(Error::Database(_))), "{got:?}");
    }

    async fn a_parameter_nobody_uses_does_not_make_the_engines_differ(db) {
        let got = db.store.read(|tx| {
            tx.count("SELECT count(*) FROM meta WHERE name = $1", params!["a", "too many"])
        }).await;
        assert!(matches!(got, Err(Error::Database(_))), "{got:?}");
    }

    async fn null_fits_every_column_and_stays_null(db) {
        table(&db.store).await;
        db.store.write(|tx| {
            tx.execute(
                "INSERT INTO v (id, i, r, b, t, y) VALUES (1, $1, $2, $3, $4, $5)",
                params![None::<i64>, None::<f64>, None::<bool>, None::<&str>, None::<&Vec<u8>>],
            )?;
            tx.execute("INSERT INTO v (id, i, t) VALUES (2, $1, $2)", &[Value::Null, Value::Null])?;
            tx.execute("UPDATE v SET i = COALESCE($1, i) WHERE id = 1", params![None::<Millis>])
        }).await.unwrap();
        db.store.read(|tx| {
            tx.all("SELECT i, b, t, y FROM v ORDER BY id", &[], |r| {
                assert_eq!(r.get::<Option<i64>>(0)?, None);
                assert_eq!(r.get::<Option<Millis>>(0)?, None);
                assert_eq!(r.get::<Option<ClientId>>(0)?, None);
                assert_eq!(r.get::<Option<u64>>(0)?, None);
                assert_eq!(r.get::<Option<bool>>(1)?, None);
                assert_eq!(r.get::<Option<String>>(2)?, None);
                assert_eq!(r.get::<Option<Vec<u8>>>(3)?, None);
                // A NULL is not quietly an empty or zero value.
                assert!(r.get::<i64>(0).is_err() && r.get::<bool>(1).is_err());
                assert!(r.get::<String>(2).is_err() && r.get::<Vec<u8>>(3).is_err());
                Ok(())
            })
        }).await.unwrap();
    }

    async fn integers_keep_their_extremes(db) {
        table(&db.store).await;
        for n in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::from(u32::MAX), 1 << 53, (1 << 53) + 1, i64::MAX] {
            let got: (i64, Millis) = db.store.write(move |tx| {
                tx.execute("DELETE FROM v", &[])?;
                tx.execute("INSERT INTO v (id, i) VALUES (1, $1)", params![n])?;
                tx.one("SELECT i, i FROM v WHERE i = $1", params![n], |r| Ok((r.get(0)?, r.get(1)?)))
            }).await.unwrap();
            assert_eq!(got, (n, Millis(n)));
        }
    }

    /// A count that came out negative is a defect; zero would hide it.
    async fn a_negative_number_is_no_count(db) {
        table(&db.store).await;
        db.store.write(|tx| {
            tx.execute("INSERT INTO v (id, i) VALUES (1, -1)", &[])?;
            tx.one("SELECT i FROM v", &[], |r| {
                assert!(r.get::<u64>(0).is_err(), "u64 was {:?}", r.get::<u64>(0));
                assert!(r.get::<u32>(0).is_err(), "u32 was {:?}", r.get::<u32>(0));
                assert_eq!(r.get::<i64>(0)?, -1);
                Ok(())
            })
        }).await.unwrap();
    }

    async fn a_number_too_large_for_the_type_is_an_error(db) {
        table(&db.store).await;
        db.store.write(|tx| {
            tx.execute("INSERT INTO v (id, i) VALUES (1, $1)", params![1_i64 << 32])?;
            tx.one("SELECT i FROM v", &[], |r| {
                assert!(r.get::<u32>(0).is_err());
                assert_eq!(r.get::<u64>(0)?, 1 << 32);
                Ok(())
            })
        }).await.unwrap();
    }

    async fn reals_and_booleans_round_trip(db) {
        table(&db.store).await;
        for (n, yes) in [(0.1_f64, true), (-1.5e300, false), (f64::MIN_POSITIVE, true), (f64::MAX, false)] {
            let got = db.store.write(move |tx| {
                tx.execute("DELETE FROM v", &[])?;
                tx.execute("INSERT INTO v (id, r, b) VALUES (1, $1, $2)", params![n, yes])?;
                let kept = tx.count("SELECT count(*) FROM v WHERE r = $1 AND b = $2", params![n, yes])?;
                let flag: bool = tx.one("SELECT b FROM v", &[], |r| r.get(0))?;
                let if_set = tx.count("SELECT count(*) FROM v WHERE b", &[])?;
                Ok((kept, flag, if_set))
            }).await.unwrap();
            assert_eq!(got, (1, yes, u64::from(yes)));
        }
    }

    async fn text_keeps_quotes_unicode_and_emptiness(db) {
        table(&db.store).await;
        for text in [
            "", " ", "'", "''; DROP TABLE v; --", "\"double\"", "back\\slash", "$1 $2 ?1 :a @b", "line\nbreak\r\ttab",
            "naïve façade", "Ωμέγα 東京 🙂👩‍👩‍👧", "e\u{301} is not é", "\u{feff}bom", "\u{10ffff}", "null", "NULL",
        ] {
            assert_eq!(text_back(&db.store, text).await.unwrap(), text);
        }
    }

    /// PostgreSQL cannot hold a NUL; SQLite would keep it and cut the text elsewhere.
    async fn text_with_a_nul_is_refused(db) {
        table(&db.store).await;
        let got = text_back(&db.store, "a\0b").await;
        assert!(matches!(got, Err(Error::Refused(_))), "whoever sent it hears so: {got:?}");
        let left = db.store.read(|tx| tx.count("SELECT count(*) FROM v", &[])).await.unwrap();
        assert_eq!(left, 0);
    }

    async fn bytes_round_trip_from_none_to_five_megabytes(db) {
        table(&db.store).await;
        let every: Vec<u8> = (0..=255).collect();
        let large: Vec<u8> = (0..5_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for bytes in [Vec::new(), vec![0], every, large] {
            let sent = bytes.clone();
            let got: Vec<u8> = db.store.write(move |tx| {
                tx.execute("DELETE FROM v", &[])?;
                tx.execute("INSERT INTO v (id, y) VALUES (1, $1)", params![&sent])?;
                tx.one("SELECT y FROM v", &[], |r| r.get(0))
            }).await.unwrap();
            assert!(got == bytes, "{} bytes came back as {}", bytes.len(), got.len());
        }
    }

    /// Cursors of lists compare text in SQL: both engines must agree with Rust.
    async fn text_sorts_by_bytes(db) {
        table(&db.store).await;
        let mut words = ["b", "a", "B", "é", "Z", "_", "a b", "ab", "10", "9", "", "🙂"];
        let got: Vec<String> = db.store.write(move |tx| {
            for (id, word) in words.iter().enumerate() {
                tx.execute("INSERT INTO v (id, t) VALUES ($1, $2)", params![id as i64, *word])?;
            }
            tx.all("SELECT t FROM v ORDER BY t", &[], |r| r.get(0))
        }).await.unwrap();
        words.sort_unstable();
        assert_eq!(got, words);
    }

    async fn a_column_of_another_type_is_an_error(db) {
        table(&db.store).await;
        db.store.write(|tx| {
            tx.execute("INSERT INTO v (id, i, t) VALUES (1, 7, 'seven')", &[])?;
            tx.one("SELECT i, t FROM v", &[], |r| {
                assert!(matches!(r.get::<String>(0), Err(Error::Database(_))));
                assert!(matches!(r.get::<i64>(1), Err(Error::Database(_))));
                assert!(r.get::<i64>(9).is_err());
                Ok(())
            })
        }).await.unwrap();
    }

    /// SQLite takes an unknown name in double quotes for a string unless told otherwise.
    async fn a_misspelt_column_is_an_error(db) {
        let got = db.store.read(|tx| tx.count("SELECT count(*) FROM meta WHERE \"nmae\" = 'x'", &[])).await;
        assert!(matches!(got, Err(Error::Database(_))), "{got:?}");
    }

    async fn a_missing_row_is_no_row(db) {
        let got = db.store.read(|tx| tx.one("SELECT value FROM meta WHERE name = 'x'", &[], |r| r.get::<String>(0))).await;
        assert!(matches!(got, Err(Error::NoRow)), "{got:?}");
        let got = db.store.read(|tx| tx.optional("SELECT value FROM meta WHERE name = 'x'", &[], |r| r.get::<String>(0))).await;
        assert_eq!(got.unwrap(), None);
    }
}
