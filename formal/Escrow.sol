// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ServicePay} from "../contracts/libraries/ServicePay.sol";
import {Seat, SeatLib} from "../contracts/types/Seat.sol";

// @custom:only-assertions: the checker also tries each function alone, with numbers that no job has. Arithmetic that fails
// reverts, so what is asserted holds whenever the escrow goes on; that it can go on is asserted where it is not plain.

/// @dev The numbers of a job that the escrow keeps, in epochs of places: a job of the rate 1, so that what it owes is how many of
/// them may still be earned. `_required` multiplies that with the rate, so what holds here holds for any rate.
abstract contract Job {
    uint256 internal _next;

    // from contracts/jobs/JobBook.sol: Terms, Account, _required

    function _nextOf(Terms memory) internal view returns (uint256) {
        return _next;
    }
}

/// @notice Time alone never makes a job owe more.
contract TimePasses is Job {
    function check(Terms memory terms, Account memory account, uint256 later) external {
        require(account.rate == 1 && terms.nodes <= 64 && terms.epochs <= 3_650 && account.active <= terms.nodes);
        require(account.fromSum <= uint256(account.active) * terms.epochs && account.departedDue <= 1_000_000);
        uint256 before = _required(terms, account);
        require(later >= _next);
        _next = later;
        assert(_required(terms, account) <= before);
    }
}

/// @notice A deed that joins takes over what its free place could have earned: the job owes as much as before.
contract JoiningOwesTheSame is Job {
    function check(Terms memory terms, Account memory account, uint16 next) external {
        _next = next;
        require(account.rate == 1 && terms.nodes <= 64 && terms.epochs <= 3_650 && account.active <= terms.nodes);
        require(account.fromSum <= uint256(account.active) * terms.epochs && account.departedDue <= 1_000_000);
        require(account.active < terms.nodes && _next < terms.epochs);
        uint256 before = _required(terms, account);
        account.active += 1;
        account.fromSum += next;
        assert(account.fromSum <= uint256(account.active) * terms.epochs);
        assert(_required(terms, account) == before);
    }
}

/// @notice When the oracles take a deed away, it is owed up to the running epoch and its place the rest: as much as before.
contract LeavingOwesTheSame is Job {
    function check(Terms memory terms, Account memory account, uint16 from, uint16 next) external {
        _next = next;
        require(account.rate == 1 && terms.nodes <= 64 && terms.epochs <= 3_650 && account.active <= terms.nodes);
        require(account.fromSum <= uint256(account.active) * terms.epochs && account.departedDue <= 1_000_000);
        require(account.active != 0 && from <= _next && _next < terms.epochs);
        require(from <= account.fromSum && account.fromSum - from <= uint256(account.active - 1) * terms.epochs);
        uint256 before = _required(terms, account);
        account.departedDue += next - from;
        account.fromSum -= from;
        account.active -= 1;
        assert(_required(terms, account) == before);
    }
}

/// @notice A place that is given up, with an epoch's notice for its deed, never makes the job owe more.
contract ScalingDownOwesLess is Job {
    function check(Terms memory terms, Account memory account, uint16 from, uint16 notice) external view {
        require(account.rate == 1 && terms.nodes <= 64 && terms.epochs <= 3_650 && account.active <= terms.nodes);
        require(account.fromSum <= uint256(account.active) * terms.epochs && account.departedDue <= 1_000_000);
        require(account.active != 0 && account.active == terms.nodes && from <= notice && notice <= terms.epochs);
        require(from <= account.fromSum && account.fromSum - from <= uint256(account.active - 1) * terms.epochs);
        uint256 before = _required(terms, account);
        account.departedDue += uint24(notice) - from;
        account.fromSum -= from;
        account.active -= 1;
        terms.nodes -= 1;
        assert(_required(terms, account) <= before);
    }
}

/// @notice A longer job owes as much more as is paid for it: all its places for the epochs added.
contract ExtendingIsPaidFor is Job {
    function check(Terms memory terms, Account memory account, uint16 epochs) external view {
        require(account.rate == 1 && terms.nodes <= 64 && terms.epochs <= 3_650 && account.active <= terms.nodes);
        require(account.fromSum <= uint256(account.active) * terms.epochs && account.departedDue <= 1_000_000);
        require(_next <= terms.epochs && uint256(terms.epochs) + epochs <= 3_650);
        uint256 before = _required(terms, account);
        terms.epochs += epochs;
        assert(_required(terms, account) == before + uint256(terms.nodes) * epochs);
    }
}

/// @notice A wider job owes as much more as is paid for it: the added places for what is left of it.
contract ScalingUpIsPaidFor is Job {
    function check(Terms memory terms, Account memory account, uint8 more) external view {
        require(account.rate == 1 && terms.nodes <= 64 && terms.epochs <= 3_650 && account.active <= terms.nodes);
        require(account.fromSum <= uint256(account.active) * terms.epochs && account.departedDue <= 1_000_000);
        require(_next <= terms.epochs && uint256(terms.nodes) + more <= 64);
        uint256 before = _required(terms, account);
        terms.nodes += more;
        assert(_required(terms, account) == before + more * (terms.epochs - _next));
    }
}

/// @notice A shorter job owes no more than before, while no place begins behind its new end.
contract ClosingOwesLess is Job {
    function check(Terms memory terms, Account memory account, uint16 end) external view {
        require(account.rate == 1 && terms.nodes <= 64 && terms.epochs <= 3_650 && account.active <= terms.nodes);
        require(account.fromSum <= uint256(account.active) * terms.epochs && account.departedDue <= 1_000_000);
        require(end <= terms.epochs && account.fromSum <= uint256(account.active) * end);
        uint256 before = _required(terms, account);
        terms.epochs = end;
        assert(_required(terms, account) <= before);
    }
}

/// @notice A term that is settled lowers what the job owes by its epochs.
contract SettlingATermLowersWhatIsOwed is Job {
    function check(Terms memory terms, Account memory account, uint16 from, uint16 to) external view {
        require(account.rate == 1 && terms.nodes <= 64 && terms.epochs <= 3_650 && account.active <= terms.nodes);
        require(account.fromSum <= uint256(account.active) * terms.epochs && account.departedDue <= 1_000_000);
        require(from < to && to <= terms.epochs);
        require(account.fromSum + (to - from) <= uint256(account.active) * terms.epochs);
        uint256 before = _required(terms, account);
        account.fromSum += uint24(to - from);
        assert(_required(terms, account) + (to - from) == before);
    }
}

/// @notice The last settlement of a place, when the job is over, lowers what the job owes by its epochs.
contract SettlingTheEndLowersWhatIsOwed is Job {
    function check(Terms memory terms, Account memory account, uint16 from) external view {
        require(account.rate == 1 && terms.nodes <= 64 && terms.epochs <= 3_650 && account.active <= terms.nodes);
        require(account.fromSum <= uint256(account.active) * terms.epochs && account.departedDue <= 1_000_000);
        require(account.active != 0 && from <= terms.epochs && _next >= terms.epochs);
        require(from <= account.fromSum && account.fromSum - from <= uint256(account.active - 1) * terms.epochs);
        uint256 before = _required(terms, account);
        account.fromSum -= from;
        account.active -= 1;
        assert(_required(terms, account) + (terms.epochs - from) == before);
    }
}

/// @notice Whatever leaf is proven, no more counts as served than the epochs settled can hold, and nothing twice.
contract ServedIsBounded {
    // from contracts/jobs/JobSettlement.sol: Due, _servedIn

    function check(Due memory due, uint256 cumulative, uint256 epochs) external pure {
        require(epochs <= 3_650);
        uint256 served = _servedIn(due, cumulative, epochs);
        assert(served <= 255 * epochs);
        assert(served == 0 || due.settled + served <= cumulative);
    }
}
