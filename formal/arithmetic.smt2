; Statements that the compiler's checker cannot express or not prove: bits, and quotients of products. Each block denies what is
; claimed and must be unsatisfiable. Quotients are rounded down: q = n / d is q * d <= n < (q + 1) * d.

; ProductsKeepOrder: what is shared out by a larger fraction is not less, step 1: a * (n1 * d2) <= a * (n2 * d1).
(push)
(declare-const a Int) (declare-const x Int) (declare-const y Int)
(assert (and (>= a 0) (<= x y)))
(assert (not (<= (* a x) (* a y))))
(check-sat)
(pop)

; QuotientsKeepOrder: what is shared out by a larger fraction is not less, step 2: floor(a*n1/d1) <= floor(a*n2/d2). Here p is
; a * n1 and r is a * n2, and p * d2 <= r * d1 is step 1.
(push)
(declare-const p Int) (declare-const r Int) (declare-const d1 Int) (declare-const d2 Int) (declare-const q1 Int) (declare-const q2 Int)
(assert (and (> d1 0) (> d2 0) (>= p 0) (>= r 0) (<= (* p d2) (* r d1))))
(assert (and (<= (* q1 d1) p) (< r (* (+ q2 1) d2)) (>= q1 0) (>= q2 0)))
(declare-const m Int)
(assert (= m (* d1 d2)))
(assert (and (<= (* q1 m) (* p d2)) (< (* r d1) (* (+ q2 1) m)) (> m 0)))
(assert (not (<= q1 q2)))
(check-sat)
(pop)

; LogisticFractionsGrow: (E - 1) / (E + B) does not fall as the power E grows, as cross products; b is the offset B, w is 1 WAD.
(push)
(declare-const e1 Int) (declare-const e2 Int) (declare-const b Int) (declare-const w Int)
(assert (and (> w 0) (>= b 0) (>= e1 w) (>= e2 e1)))
(declare-const k Int)
(assert (= k (- e2 e1)))
(assert (and (>= (* k (+ b w)) 0) (= (- (* (- e2 w) (+ e1 b)) (* (- e1 w) (+ e2 b))) (* k (+ b w)))))
(assert (not (<= (* (- e1 w) (+ e2 b)) (* (- e2 w) (+ e1 b)))))
(check-sat)
(pop)

; LogisticIdentity: the identity that the last one uses, for any numbers.
(push)
(declare-const e1 Int) (declare-const e2 Int) (declare-const b Int) (declare-const w Int)
(assert (not (= (- (* (- e2 w) (+ e1 b)) (* (- e1 w) (+ e2 b))) (* (- e2 e1) (+ b w)))))
(check-sat)
(pop)

; EpochsTileTime: a moment lies in the epoch that it is counted to: epoch * duration <= t < (epoch + 1) * duration.
(push)
(declare-const t Int) (declare-const d Int)
(assert (and (>= t 0) (> d 0)))
(assert (not (and (<= (* (div t d) d) t) (< t (* (+ (div t d) 1) d)))))
(check-sat)
(pop)

; PoolsGetNoMoreThanThereIs: the rounded shares of four of the five pools leave the last one its own share at least.
(push)
(declare-const a Int)
(declare-const s1 Int) (declare-const s2 Int) (declare-const s3 Int) (declare-const s4 Int) (declare-const s5 Int)
(declare-const q1 Int) (declare-const q2 Int) (declare-const q3 Int) (declare-const q4 Int)
(assert (and (>= a 0) (>= s1 0) (>= s2 0) (>= s3 0) (>= s4 0) (>= s5 0) (= (+ s1 s2 s3 s4 s5) 10000)))
(assert (and (<= (* 10000 q1) (* a s1)) (<= (* 10000 q2) (* a s2)) (<= (* 10000 q3) (* a s3)) (<= (* 10000 q4) (* a s4))))
(assert (not (>= (* 10000 (- a (+ q1 q2 q3 q4))) (* a s5))))
(check-sat)
(pop)

; DeedIdsUnpack: kind and token id come out of a deed id as they went in.
(push)
(declare-const kind (_ BitVec 256)) (declare-const token (_ BitVec 256)) (declare-const deed (_ BitVec 256))
(assert (and (bvult kind (_ bv256 256)) (bvult token (bvshl (_ bv1 256) (_ bv248 256)))))
(assert (= deed (bvor (bvshl kind (_ bv248 256)) token)))
(assert (not (and (= (bvlshr deed (_ bv248 256)) kind) (= (bvand deed (bvsub (bvshl (_ bv1 256) (_ bv248 256)) (_ bv1 256))) token))))
(check-sat)
(pop)

; SeatsUnpack: token id, first epoch and settled bytes come out of a place as they went in.
(push)
(declare-const token (_ BitVec 16)) (declare-const from (_ BitVec 16)) (declare-const settled (_ BitVec 32)) (declare-const seat (_ BitVec 64))
(assert (= seat (bvor (bvshl ((_ zero_extend 48) token) (_ bv48 64)) (bvshl ((_ zero_extend 48) from) (_ bv32 64)) ((_ zero_extend 32) settled))))
(assert (not (and (= ((_ extract 15 0) (bvlshr seat (_ bv48 64))) token) (= ((_ extract 15 0) (bvlshr seat (_ bv32 64))) from) (= ((_ extract 31 0) seat) settled))))
(check-sat)
(pop)
